//! Telling it: the reports of a run, each a function of its record, and the log of its seconds.
//!
//! It never touches a socket, a clock, the environment or an earlier report, and judges nothing.
//! Start from [`Format`] for files, [`IntervalLog`] for the one that is written while a run goes on,
//! [`RunFolder`] for where they go, and [`write_closing`] for the terminal; [`ComparisonFormat`] and
//! [`CapacityFormat`] tell of several runs.

mod capacity;
mod chart;
mod comparison;
mod conversations;
mod crossed;
mod csv;
mod escape;
mod evidence;
mod exposition;
mod figure;
mod folder;
mod format;
#[cfg(test)]
mod golden;
mod html;
mod interval_log;
mod json;
mod junit;
mod layers;
mod markdown;
mod part;
mod repeat;
#[cfg(test)]
pub(crate) mod sample;
mod shards;
mod span;
mod summary;
mod terminal;
mod violations;
mod whole;

pub use capacity::{CapacityFormat, write_capacity_closing};
pub use comparison::{ComparisonFormat, write_comparison_closing};
pub use escape::{cell, one_line, printable};
pub use exposition::{EXPOSITION_TYPE, Exposition};
pub use figure::{brief, counted, grouped};
pub use folder::{
    Existing, FolderError, RunFolder, check_copy, rewrite_copy, write_copy, write_not_started,
    write_text,
};
pub use format::Format;
pub use interval_log::IntervalLog;
pub use layers::throttled_since;
pub use part::PartFile;
pub use terminal::{Look, Style, write_closing};
pub use whole::remove_temporary;

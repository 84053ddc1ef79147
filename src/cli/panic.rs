//! What is shown of a panic, which is a bug in deskbell.

use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};

/// Has panics shown by their place and, where it is a text of the program itself, their message. One
/// that was put together at run time may quote a frame or a token, so it is left out.
pub fn show_panics_without_data() {
    panic::set_hook(Box::new(|info| {
        // Where even stderr is closed, the exit status has to do.
        let _ = writeln!(io::stderr(), "{}", told(info));
    }));
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(|| "an unknown place".into(), ToString::to_string);
    let message = info.payload().downcast_ref::<&str>().map_or("", |text| text);
    let colon = if message.is_empty() { "" } else { ": " };
    format!("bug: deskbell panicked at {place}{colon}{message}")
}

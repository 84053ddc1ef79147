//! A table whose figures are never broken: a name that leaves no room for them stands above them.
//!
//! It knows no comparison. Start from [`Grid`].

use comfy_table::{ContentArrangement, Table, presets};
use console::measure_text_width;

/// How many columns stand between two of the table: what is taken where there is room, and else.
const GAPS: [usize; 2] = [2, 1];

/// How far rows are to the right of the line that they stand below.
const INDENT: usize = 2;

/// A table: names on the left, figures on the right.
#[derive(Debug)]
pub(super) struct Grid {
    header: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    /// A text that rows stand below.
    Group(String),
    /// A name and its figures.
    Row(Vec<String>),
}

impl Grid {
    /// One with these titles, of which the first is of the names.
    pub(super) fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let header = header.into_iter().map(str::to_owned).collect();
        Self { header, lines: Vec::new() }
    }

    /// Adds a line that rows stand below.
    pub(super) fn group(&mut self, text: String) {
        self.lines.push(Line::Group(text));
    }

    /// Adds a name and its figures, as many as there are titles.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.lines.push(Line::Row(cells));
    }

    /// Its lines in so many columns; nothing without rows.
    pub(super) fn laid_out(&self, width: u16) -> Option<String> {
        if self.lines.is_empty() {
            return None;
        }
        let width = usize::from(width);
        let widths: Vec<_> = (1..self.header.len()).map(|at| self.widest(at)).collect();
        let title = self.header.first().map_or(0, |title| measure_text_width(title));
        // So much is left for names; where it is too little, figures are broken after all.
        let room = |gap: usize| {
            let figures: usize = widths.iter().map(|width| width + gap).sum();
            width.checked_sub(figures).filter(|room| *room >= title.max(INDENT))
        };
        let Some((gap, room)) = GAPS.into_iter().find_map(|gap| Some((gap, room(gap)?))) else {
            return Some(self.broken(width));
        };
        let columns = Columns { names: room.min(self.widest(0)), gap, widths };
        let mut text = columns.aligned(&self.header);
        for line in &self.lines {
            text += &match line {
                Line::Group(group) => format!("{}\n", cut(group, width)),
                Line::Row(cells) => columns.row(cells, width),
            };
        }
        Some(text)
    }

    fn widest(&self, at: usize) -> usize {
        let cells = self.lines.iter().filter_map(|line| match line {
            Line::Group(_) => None,
            Line::Row(cells) if at == 0 => {
                cells.first().map(|name| INDENT + measure_text_width(name))
            }
            Line::Row(cells) => cells.get(at).map(|cell| measure_text_width(cell)),
        });
        let title = self.header.get(at).map(|title| measure_text_width(title));
        cells.chain(title).max().unwrap_or_default()
    }

    /// The same with cells of several lines.
    fn broken(&self, width: usize) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width as u16);
        table.set_header(&self.header);
        for line in &self.lines {
            match line {
                Line::Group(group) => table.add_row([group]),
                Line::Row(cells) => table.add_row(cells),
            };
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 1));
        }
        table.trim_fmt() + "\n"
    }
}

/// How wide the columns are.
struct Columns {
    names: usize,
    gap: usize,
    widths: Vec<usize>,
}

impl Columns {
    /// A name and its figures, in one line or two.
    fn row(&self, cells: &[String], width: usize) -> String {
        let Some((name, figures)) = cells.split_first() else { return String::new() };
        let name = format!("{:INDENT$}{name}", "");
        if measure_text_width(&name) <= self.names {
            return self.aligned(&[&[name], figures].concat());
        }
        let below = self.aligned(&[&[String::new()], figures].concat());
        format!("{}\n{below}", cut(&name, width))
    }

    fn aligned(&self, cells: &[String]) -> String {
        let Some((name, figures)) = cells.split_first() else { return String::new() };
        let blanks =
            |text: &str, width: usize| " ".repeat(width.saturating_sub(measure_text_width(text)));
        let mut text = format!("{name}{}", blanks(name, self.names));
        for (figure, width) in figures.iter().zip(&self.widths) {
            text += &format!("{}{}{figure}", " ".repeat(self.gap), blanks(figure, *width));
        }
        format!("{}\n", text.trim_end())
    }
}

/// As much of a text as there is room for.
fn cut(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "...").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, figures: [&str; 2], width: u16, expected: &str) {
        let mut grid = Grid::new(["of", "base", "now"]);
        grid.group("worse".to_owned());
        grid.row(vec![name.to_owned(), figures[0].to_owned(), figures[1].to_owned()]);
        assert_eq!(grid.laid_out(width).unwrap(), expected);
    }

    #[test]
    fn figures_stand_on_the_right_of_the_name_or_below_it() {
        check("p99", ["1 ms", "12 ms"], 40, "of     base    now\nworse\n  p99  1 ms  12 ms\n");
        let below = "of  base    now\nworse\n  p99.of-all\n    1 ms  12 ms\n";
        check("p99.of-all", ["1 ms", "12 ms"], 15, below);
        let cut = "of  base    now\nworse\n  p99.of-all...\n    1 ms  12 ms\n";
        check("p99.of-all-there-is", ["1 ms", "12 ms"], 15, cut);
        assert_eq!(Grid::new(["of"]).laid_out(80), None);
    }
}

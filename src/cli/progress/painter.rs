//! Lines that stay in their place on a terminal: what is written to draw them over those before.
//!
//! A frame is one write that overwrites and erases what is left over, so that nothing flickers. The
//! cursor rests at the beginning of the line below, where the echo of a key does no harm. indicatif
//! takes the lines on the screen for as many as it drew; a terminal that became narrower has broken
//! them into more, which are counted here.

use console::measure_text_width;

/// What is on the terminal.
#[derive(Debug, Default)]
pub(super) struct Painter {
    /// The width of each line, as it was drawn.
    drawn: Vec<usize>,
}

/// Nothing wraps, whatever a terminal thinks of the width of a character.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";

const ERASE_TO_END_OF_LINE: &str = "\x1b[K";
const ERASE_BELOW: &str = "\x1b[J";

impl Painter {
    /// Draws lines in place of those before, on a terminal of so many columns, all of them narrower;
    /// notes stay above.
    pub(super) fn frame(&mut self, notes: &[String], lines: &[String], columns: usize) -> String {
        let mut frame = self.home(columns);
        for note in notes {
            // The space keeps a note's last character from being erased where it ends with a row.
            frame += &format!("{note} {ERASE_TO_END_OF_LINE}\n");
        }
        frame += NO_WRAP;
        for line in lines {
            frame += &format!("{line}{ERASE_TO_END_OF_LINE}\n");
        }
        self.drawn = lines.iter().map(|line| measure_text_width(line)).collect();
        frame + ERASE_BELOW + WRAP
    }

    /// Takes all lines away: one by one, for tmux keeps what is erased from the top of the screen on.
    pub(super) fn clear(&mut self, columns: usize) -> String {
        let home = self.home(columns);
        let erased = format!("{ERASE_TO_END_OF_LINE}\n").repeat(self.rows(columns));
        let clear = home + &erased + &self.home(columns);
        self.drawn.clear();
        clear
    }

    /// How many rows the lines take.
    fn rows(&self, columns: usize) -> usize {
        self.drawn.iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum()
    }

    /// To where the first line begins. Terminals break the lines anew as they become narrower, most
    /// of them; where one cuts them instead, lines above are lost rather than lines left over.
    fn home(&self, columns: usize) -> String {
        match self.rows(columns) {
            0 => "\r".into(),
            rows => format!("\r\x1b[{rows}A"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the cursor goes before each frame, as lines of these widths are drawn on so many columns.
    #[track_caller]
    fn check(frames: &[(&[usize], usize)], expected: &[&str]) {
        let mut painter = Painter::default();
        let starts = frames.iter().map(|(widths, columns)| {
            let lines: Vec<_> = widths.iter().map(|width| "x".repeat(*width)).collect();
            let frame = painter.frame(&[], &lines, *columns);
            frame.split_once(NO_WRAP).expect("every frame sets it").0.to_owned()
        });
        assert_eq!(starts.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_frame_begins_where_the_one_before_began() {
        check(
            &[(&[9, 0, 5], 80), (&[9], 80), (&[], 80), (&[3], 80)],
            &["\r", "\r\x1b[3A", "\r\x1b[1A", "\r"],
        );
    }

    #[test]
    fn lines_that_a_narrower_terminal_broke_are_counted() {
        check(&[(&[79, 60, 10], 80), (&[], 40), (&[], 40)], &["\r", "\r\x1b[5A", "\r"]);
        check(&[(&[80], 81), (&[], 20)], &["\r", "\r\x1b[4A"]);
    }

    #[test]
    fn nothing_is_left_of_lines_that_are_taken_away() {
        let mut painter = Painter::default();
        painter.frame(&[], &["x".repeat(30), String::new()], 40);
        let erased = "\x1b[K\n".repeat(3);
        assert_eq!(painter.clear(20), format!("\r\x1b[3A{erased}\r\x1b[3A"));
        assert_eq!(painter.clear(20), "\r\r");
    }

    #[test]
    fn colour_takes_no_room() {
        let mut painter = Painter::default();
        painter.frame(&[], &["\x1b[31mred\x1b[0m".into()], 10);
        assert_eq!(painter.drawn, [3]);
    }
}

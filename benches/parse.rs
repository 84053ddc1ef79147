//! How long reading and checking a thousand scenario files of a hundred steps takes.

use std::io;
use std::path::Path;
use std::time::Instant;

use deskbell::scenario::{Listing, ParseContext, SourceFile, parse};

const FILES: usize = 1_000;
/// Ten times these are a file's steps.
const STEPS: &str = r#"
  - send: { text: "room for ${device.index}?", metadata: { topic: booking, n: "${iteration}" }, as: question }
  - await: { event: message, from: phone, match: { messageContent: "${question.messageContent}" }, by: tablet }
  - await: { event: message, from: concierge, as: answer, within: 3s }
  - seen: answer
  - unread: { expect: { body: { unreadMsgCount: { $type: string } } }, eventually: 2s }
  - think: 10ms..30ms
  - repeat: { times: 3, steps: [{ send: "again ${turn}" }] }
  - messages: { page: 1, limit: "${random.int(1, 50)}" }
  - unsend: question
"#;

#[expect(clippy::print_stdout, reason = "a bench tells what it measured")]
fn main() {
    let context = ParseContext {
        env: &|_| None,
        read_file: &|_: &Path| Err(io::ErrorKind::NotFound.into()),
        list_folder: &|_: &Path| -> io::Result<Listing> { Ok(None) },
    };
    let head = "name: bench\nactors: { phone: {}, tablet: {} }\nflow:\n  - init\n";
    let text = format!("{head}{}  - end\n", STEPS.trim_start_matches('\n').repeat(10));
    let started_at = Instant::now();
    for n in 0..FILES {
        let source = SourceFile::new(format!("{n}.yaml"), text.clone());
        let steps = parse(source, None, &context).map(|scenario| scenario.steps().count());
        assert_eq!(steps, Ok(102));
    }
    let elapsed = started_at.elapsed();
    println!("{FILES} files of 102 steps: {} ms", elapsed.as_millis());
}

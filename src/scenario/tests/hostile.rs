//! Files that mean no good: they are told quickly, and nothing panics.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn told_quickly(text: &str) {
    let started = std::time::Instant::now();
    let mistakes = parse_text(text).expect_err("it is wrong").to_string();
    assert!(mistakes.len() < 1_000_000, "{} bytes of mistakes", mistakes.len());
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_megabyte_of_mistakes_is_told_quickly() {
    let saves: String =
        (0..30_000).map(|n| format!("- send: {{ text: \"${{x{n}}}\", as: a{n} }}\n")).collect();
    told_quickly(&flow(&saves));
    told_quickly(&flow(&"- snd: hi\n".repeat(100_000)));
    told_quickly(&flow(&format!("- init\n- send: |\n{}", "    ${x} ${y}\n".repeat(80_000))));
    let keys: String = (0..50_000).map(|n| format!("key{n}: 1\n")).collect();
    told_quickly(&keys);
    let actors: String = (0..30_000).map(|n| format!("  a{n}: {{ count: 1000 }}\n")).collect();
    told_quickly(&format!("name: test\nactors:\n{actors}flow:\n- init: {{ by: a0 }}\n"));
    let nested =
        format!("{}ping{}", "{ repeat: { times: 2, steps: [".repeat(15), "] } }".repeat(15));
    told_quickly(&flow(&format!("- init\n- {nested}\n- end\n- ping\n")));
    let many = "- ping: { by: a }\n".repeat(1_000);
    told_quickly(&format!("name: test\nactors: {{ a: {{ count: 1000 }} }}\nflow:\n- init\n{many}"));
}

#[test]
fn aliases_of_aliases_are_followed_within_a_bound() {
    let bomb =
        |level: u32| format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9));
    let bombs: String = (1..12).map(bomb).collect();
    told_quickly(&format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{bombs}"));
}

#[test]
fn a_file_outside_of_the_scenarios_folder_is_never_opened() {
    let opens = |path: &Path| -> io::Result<Vec<u8>> { panic!("opened {}", path.display()) };
    let context = ParseContext { env: &environment, read_file: &opens, list_folder: &list_folder };
    for file in ["/etc/passwd", "../secret.csv", "data/../../secret.csv", "./../secret.csv"] {
        for step in [
            format!("flow:\n- upload: {{ file: {file}, mime: text/plain }}\n"),
            format!("data: {{ file: {file} }}\nflow:\n- init\n"),
        ] {
            let source = SourceFile::new("test.yaml", format!("name: test\n{step}"));
            let told = parse(source, Some(Path::new(TESTDATA)), &context);
            let told = told.expect_err("it names a file elsewhere").to_string();
            assert!(told.contains("in the scenario's folder or below it"), "{told}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = parse_text(&text).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn arbitrary_lines_of_the_language_never_panic(
        lines in proptest::collection::vec("[ ]{0,6}(- )?(send|as|by|flow|name|repeat|await|seen|unsend|think|actors|load|devices|expect|vars|parallel|for_each|in|call|frame|mutate|data|stages|thresholds)?:? ?[\\[\\]{}\"'$&*!|>a-z0-9. ,:-]{0,16}", 0..12),
    ) {
        let _ = parse_text(&lines.join("\n")).map_err(|mistakes| mistakes.to_string());
        let _ = parse_text(&flow(&lines.join("\n"))).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn arbitrary_templates_never_panic(text in "[a-z0-9.$(){}\\[\\], ส-]{0,30}") {
        let quoted = serde_json::to_string(&text).expect("texts are JSON");
        let text = flow(&format!("- init\n- send: {quoted}\n- seen: {quoted}\n"));
        let _ = parse_text(&text).map_err(|mistakes| mistakes.to_string());
    }
}

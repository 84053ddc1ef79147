//! Templates with their values over one scope.

use serde_json::json;

use super::*;

/// A scope in which everything is there but the second slot.
struct Fixed {
    session: Option<&'static str>,
    saved: Value,
    random: u64,
}

impl Scope for Fixed {
    fn device_id(&self) -> &str {
        "device-7"
    }
    fn device_index(&self) -> u64 {
        7
    }
    fn actor(&self) -> &str {
        "phone"
    }
    fn session_id(&self) -> Option<&str> {
        self.session
    }
    fn iteration(&self) -> u64 {
        3
    }
    fn turn(&self) -> u64 {
        2
    }
    fn saved(&self, slot: Slot) -> Option<&Value> {
        (slot == Slot(0)).then_some(&self.saved)
    }
    fn data(&self, column: usize) -> Option<&str> {
        ["Somchai"].get(column).copied()
    }
    fn random_u64(&mut self) -> u64 {
        // The constants of Knuth's MMIX generator.
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.random
    }
}

fn scope() -> Fixed {
    let saved = json!({ "id": "133", "seenAt": null, "list": [{ "n": 1 }, { "n": 2 }] });
    Fixed { session: Some("4482"), saved, random: 1 }
}

fn names() -> Names<'static> {
    let mut names = Names::new(&|name| (name == "TOKEN").then(|| "secret".to_owned()));
    names.vars.insert("greeting".into(), "sawasdee".into());
    names.vars.insert("nights".into(), 2.into());
    names.vars.insert("guest".into(), json!({ "name": "Somchai" }));
    names.save("saved", SavedKind::Body, 0);
    names.save("skipped", SavedKind::Body, 0);
    names.columns = Columns::Known(vec!["name".into(), "room".into()]);
    names.has_row = true;
    names.running = true;
    names.repeats = 1;
    names
}

fn template(text: &str) -> Template {
    Template::parse(text, &names()).unwrap_or_else(|flaws| panic!("{text}: {flaws:?}"))
}

#[track_caller]
fn check(text: &str, expected: Value) {
    assert_eq!(template(text).eval(&mut scope()), Ok(expected), "{text}");
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    let error = template(text).eval(&mut scope()).map_err(|error| error.to_string());
    assert_eq!(error, Err(expected.to_owned()), "{text}");
}

#[track_caller]
fn refused(text: &str, column: usize, message: &str) {
    let flaws = Template::parse(text, &names()).map(|_| ()).expect_err("it is wrong");
    assert_eq!((flaws[0].span.start, flaws[0].message.as_str()), (column, message));
}

#[test]
fn one_expression_keeps_its_type() {
    check("${device.index}", json!(7));
    check("${nights}", json!(2));
    check("${saved.list}", json!([{ "n": 1 }, { "n": 2 }]));
    check("${saved.seenAt}", json!(null));
    check("${ session.id }", json!("4482"));
    check("${guest}", json!({ "name": "Somchai" }));
}

#[test]
fn a_column_is_that_of_the_row() {
    check("${data.name}", json!("Somchai"));
    fails("${data.room}", "there is no row of data for `room`");
}

#[test]
fn beside_text_an_expression_is_text() {
    check("${greeting}, ${guest.name}: ${nights} nights", json!("sawasdee, Somchai: 2 nights"));
    check("${actor} ${iteration}/${turn} ${device.id}", json!("phone 3/2 device-7"));
    check("${saved.list[1].n}${saved.list.0.n} ${saved.list}", json!(r#"21 [{"n":1},{"n":2}]"#));
    check("", json!(""));
    check("no templates $ { } here", json!("no templates $ { } here"));
}

#[test]
fn a_doubled_dollar_is_the_characters_themselves() {
    check("$${device.id}", json!("${device.id}"));
    check("$${a} ${nights} $$${b}", json!("${a} 2 $${b}"));
}

#[test]
fn numbers_and_texts_turn_into_each_other() {
    check("${int(saved.id)}", json!(133));
    check("${str(nights)}", json!("2"));
    check("${str(int(saved.id))}", json!("133"));
    fails("${int(greeting)}", "`int(greeting)` is not a whole number");
    assert_eq!(template("${saved.id}").count(&mut scope()), Ok(133));
    assert!(template("${greeting}").count(&mut scope()).is_err());
}

#[test]
fn random_values_come_from_the_seed_alone() {
    let all = template("${random.int(1, 6)} ${random.uuid} ${random.text(12)}");
    assert_eq!(all.text(&mut scope()), all.text(&mut scope()));
    let mut scope = scope();
    for _ in 0..1_000 {
        let dice = template("${random.int(1, 6)}").eval(&mut scope).expect("it is in range");
        assert!((1..=6).contains(&dice.as_i64().expect("it is a number")), "{dice}");
        let text = template("${random.text(5)}").text(&mut scope).expect("it is short");
        assert_eq!(text.len(), 5);
    }
    let wide = template("${random.int(-9223372036854775808, 9223372036854775807)}");
    assert!(wide.eval(&mut scope).is_ok());
    let id = template("${random.uuid}").text(&mut scope).expect("it is one");
    assert_eq!(uuid::Uuid::parse_str(&id).map(|id| id.get_version_num()), Ok(4));
}

#[test]
fn what_is_not_there_is_told_without_its_value() {
    fails("${skipped.id}", "nothing was saved as `skipped`");
    fails("${saved.nothing.at.all}", "there is no `saved.nothing.at.all`");
    fails("${saved.list[9]}", "there is no `saved.list.9`");
    fails("${random.int(saved.list, 9)}", "`random.int(saved.list, 9)` is not a whole number");
    fails(
        "${random.int(device.index, 6)}",
        "`random.int(device.index, 6)` has no number to choose from",
    );
    fails("${random.text(1000001)}", "`random.text(1000001)` is longer than a million characters");
    let mut scope = Fixed { session: None, ..scope() };
    assert_eq!(template("${session.id}").eval(&mut scope), Err(TemplateError::NoSession));
}

#[test]
fn flaws_point_at_the_part_that_is_wrong() {
    refused("ab ${devise.id}", 5, "nothing is named `devise.id`");
    refused("${saved.id!}", 10, "`!` does not belong here");
    refused("${env.NOTHING}", 2, "the environment variable `NOTHING` is not set");
    refused("${data.nmae}", 2, "the data has no column `nmae`");
    refused("${data}", 2, "a column of the data is written like `${data.name}`");
    refused("${int()}", 2, "`int` takes 1 values, not 0");
    refused(
        "${int(int(int(int(int(int(int(int(int(1)))))))))}",
        34,
        "calls stand too deep inside each other",
    );
}

#[test]
fn the_environment_never_shows_in_debug() {
    let secret = template("${env.TOKEN}");
    assert_eq!(secret.text(&mut scope()), Ok("secret".into()));
    assert_eq!(format!("{secret:?}"), r#"Template("${env.TOKEN}")"#);
}

#[test]
fn values_are_evaluated_element_by_element() {
    let value = ValueTemplate::Object(vec![
        ("topic".into(), ValueTemplate::Scalar(template("${greeting}"))),
        ("n".into(), ValueTemplate::List(vec![ValueTemplate::Scalar(Template::constant(1))])),
    ]);
    assert_eq!(value.eval(&mut scope()), Ok(json!({ "topic": "sawasdee", "n": [1] })));
    assert_eq!(value.as_constant(), Some(json!({ "topic": "sawasdee", "n": [1] })));
}

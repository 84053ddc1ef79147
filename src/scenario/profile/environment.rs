//! `${env.NAME}` in the texts of a profile.

use crate::scenario::diagnostic::quoted;
use crate::scenario::source::Span;

/// What is wrong in a text, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// The text with the values of variables; `$${` is a literal `${`.
///
/// # Errors
/// Every `${...}` that has no value.
pub(super) fn expanded(
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Vec<Flaw>> {
    let (mut expanded, mut flaws, mut at) = (String::new(), Vec::new(), 0);
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        if text[at..start].ends_with('$') {
            expanded.push_str(&text[at..start]);
            expanded.push('{');
            at = start + 2;
            continue;
        }
        expanded.push_str(&text[at..start]);
        let Some(length) = text[start..].find('}') else {
            flaws.push(Flaw {
                span: Span::new(start, text.len()),
                message: "a `${` is never closed".into(),
                help: "close it with `}`, or write `$${` for the characters themselves",
            });
            return Err(flaws);
        };
        match value(&text[start + 2..start + length], env) {
            Ok(value) => expanded.push_str(&value),
            Err((message, help)) => {
                flaws.push(Flaw { span: Span::new(start, start + length + 1), message, help });
            }
        }
        at = start + length + 1;
    }
    expanded.push_str(&text[at..]);
    if flaws.is_empty() { Ok(expanded) } else { Err(flaws) }
}

fn value(
    name: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<String, (String, &'static str)> {
    let help = "set it, or write the value itself";
    let Some(variable) = name.trim().strip_prefix("env.") else {
        let message = format!("a profile has no {}", quoted(name));
        return Err((
            message,
            "it may use `${env.NAME}`; write `$${` for the characters themselves",
        ));
    };
    match env(variable) {
        Some(value) if value.is_empty() => {
            Err((format!("the environment variable {} is empty", quoted(variable)), help))
        }
        Some(value) => Ok(value),
        None => Err((format!("the environment variable {} is not set", quoted(variable)), help)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &[(usize, &str)]>) {
        let env = |name: &str| match name {
            "HOST" => Some("uat.example.com".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let told = expanded(text, &env);
        let told = told.as_deref().map_err(|flaws| {
            flaws.iter().map(|flaw| (flaw.span.start, &*flaw.message)).collect::<Vec<_>>()
        });
        assert_eq!(told, expected.map_err(<[_]>::to_vec), "{text}");
    }

    #[test]
    fn variables_of_the_environment_have_values() {
        check("plain", Ok("plain"));
        check("wss://${env.HOST}/uat", Ok("wss://uat.example.com/uat"));
        check("${ env.HOST }${env.HOST}", Ok("uat.example.comuat.example.com"));
        check("echo $${TOKEN} $HOME", Ok("echo ${TOKEN} $HOME"));
    }

    #[test]
    fn what_has_no_value_is_told_with_its_place() {
        check("${env.HOST", Err(&[(0, "a `${` is never closed")]));
        check(
            "a ${env.NONE} ${env.EMPTY} ${vars.x}",
            Err(&[
                (2, "the environment variable `NONE` is not set"),
                (14, "the environment variable `EMPTY` is empty"),
                (27, "a profile has no `vars.x`"),
            ]),
        );
    }
}

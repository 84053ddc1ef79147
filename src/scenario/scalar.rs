//! What an unquoted YAML scalar is, by the core schema of YAML 1.2 (section 10.3.2).

use serde_json::Number;

use super::node::NodeValue;

/// Reads a plain scalar; `None` of a number that JSON does not have.
pub(super) fn plain(text: &str) -> Option<NodeValue> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(NodeValue::Null),
        "true" | "True" | "TRUE" => return Some(NodeValue::Flag(true)),
        "false" | "False" | "FALSE" => return Some(NodeValue::Flag(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return None;
    }
    if let Some(whole) = whole(text) {
        return Some(NodeValue::Number(whole));
    }
    if is_number(unsigned) {
        return Some(NodeValue::Number(Number::from_f64(text.parse().ok()?)?));
    }
    Some(NodeValue::Text(text.to_owned()))
}

fn whole(text: &str) -> Option<Number> {
    let radix = |digits: &str, radix: u32| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let signed = text.strip_prefix('+').unwrap_or(text);
    if signed.len() < text.len() && signed.starts_with('-') {
        return None;
    }
    signed
        .parse::<u64>()
        .map(Number::from)
        .or_else(|_| signed.parse::<i64>().map(Number::from))
        .ok()
}

/// `[0-9]* (. [0-9]*)? ([eE] [-+]? [0-9]+)?` with at least one digit before the exponent.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(before) && digits(after) && before.len() + after.len() > 0 && exponent_fits
}

//! The profile that a probe writes: where the endpoint is, and its habits as settings, each with what
//! it rests on.

use super::observed::Observed;

/// Where the endpoint is and whose tokens there are, as they were given. No secret stands in it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The run that the profile rests on.
    pub run_id: String,
    /// Against what, and when.
    pub heading: String,
    /// The socket origin; the embedded server has none that lasts.
    pub target: Option<String>,
    /// The origin that upload URLs are asked of.
    pub upload_origin: Option<String>,
    /// Hosts beside loopback that may be spoken to.
    pub allow: Vec<String>,
    /// A CSV of access tokens, by its path from the profile.
    pub accounts: Option<String>,
    /// A command that prints a tenant's access token.
    pub token_command: Option<String>,
    /// The tenants that the command is asked for.
    pub tenants: Vec<u64>,
    /// The proxy, without a password.
    pub proxy: Option<String>,
    /// Whether the proxy's password was left out.
    pub hides_password: bool,
    /// A PEM file of a certificate authority, by its path from the profile.
    pub ca_cert: Option<String>,
    /// The waiver file, by its path from the profile.
    pub waivers: String,
}

/// Columns of a comment.
const WIDTH: usize = 98;

/// The profile's text.
pub fn profile(facts: &Facts, observed: &[Observed]) -> String {
    let mut text = comment("", &format!("Drafted by `deskbell probe` from {}.", facts.heading));
    text +=
        &comment("", "Each setting stands below what it rests on; change what you know better.");
    text += &place(facts);
    text += "\nsettings:\n";
    for one in observed {
        let Some(setting) = &one.setting else { continue };
        text += &comment("  ", &format!("{}: {}", one.place, one.observed));
        text += &format!("  {}: {}\n", setting.key, setting.value);
    }
    text += "\n";
    text += &comment("", "Bounds that hold whatever a scenario or an option asks for.");
    text += "caps:\n  devices: 10\n  rate: 5/s\n  connect_rate: 10/s\n";
    text += &format!("\nwaivers: {}\n", quoted(&facts.waivers));
    text += "\n";
    text += &comment("", "What else was seen, and no setting says:");
    for one in observed.iter().filter(|one| one.setting.is_none()) {
        text +=
            &comment("", &format!("- {} ({}): {}", one.place, one.outcome.as_str(), one.observed));
    }
    text
}

fn place(facts: &Facts) -> String {
    let mut text = String::new();
    match &facts.target {
        Some(target) => text += &format!("target: {}\n", quoted(target)),
        None => text += "# target: the embedded server, which ended with the probe\n",
    }
    let one = |key: &str, value: &Option<String>| {
        value.as_ref().map_or(String::new(), |value| format!("{key}: {}\n", quoted(value)))
    };
    text += &one("upload_origin", &facts.upload_origin);
    if !facts.allow.is_empty() {
        let hosts: Vec<_> = facts.allow.iter().map(|host| quoted(host)).collect();
        text += &format!("allow: [{}]\n", hosts.join(", "));
    }
    text += &one("accounts", &facts.accounts);
    text += &one("token_command", &facts.token_command);
    if !facts.tenants.is_empty() {
        let tenants: Vec<_> = facts.tenants.iter().map(u64::to_string).collect();
        text += &format!("tenants: [{}]\n", tenants.join(", "));
    }
    if facts.target.is_some() && facts.accounts.is_none() && facts.token_command.is_none() {
        text +=
            &comment("", "The access token goes into DESKBELL_TOKEN; it has no place in a file.");
    }
    if facts.hides_password {
        text +=
            &comment("", "The proxy's password was left out: HTTPS_PROXY may hold the whole URL.");
        text += &one("# proxy", &facts.proxy);
    } else {
        text += &one("proxy", &facts.proxy);
    }
    text + &one("ca_cert", &facts.ca_cert)
}

/// A text as YAML reads it on one line, and as no template: JSON's strings are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text.replace("${", "$${")).to_string()
}

/// A comment in as many lines as it takes.
fn comment(indent: &str, text: &str) -> String {
    let mut lines = vec![format!("{indent}#")];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one from the start");
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{indent}#   {word}"));
        } else {
            *line += &format!(" {word}");
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Outcome, Setting};

    #[test]
    fn a_profile_has_every_setting_below_what_it_rests_on() {
        let facts = Facts {
            heading: "a run".into(),
            target: Some("wss://uat.example.com/uat".into()),
            allow: vec!["uat.example.com".into()],
            proxy: Some("http://me@proxy.example.com:3128".into()),
            hides_password: true,
            waivers: "uat.waivers.yaml".into(),
            ..Facts::default()
        };
        let observed = |setting| Observed {
            id: "own-echo",
            place: "a sender's own events",
            document: "not said",
            reading: "it gets them",
            outcome: Outcome::Differs,
            observed: "none of 4 messages".into(),
            setting,
        };
        let setting = Setting { key: "own_echo", value: "never".into() };
        let text = profile(&facts, &[observed(Some(setting)), observed(None)]);
        let lines = [
            "target: \"wss://uat.example.com/uat\"",
            "allow: [\"uat.example.com\"]",
            "# The access token goes into DESKBELL_TOKEN; it has no place in a file.",
            "# proxy: \"http://me@proxy.example.com:3128\"",
            "  # a sender's own events: none of 4 messages",
            "  own_echo: never",
            "waivers: \"uat.waivers.yaml\"",
            "# - a sender's own events (differs): none of 4 messages",
        ];
        for line in lines {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_long_comment_is_wrapped_and_no_value_is_a_template() {
        let text = comment("  ", &"word ".repeat(60));
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.starts_with("  #")), "{text}");
        assert_eq!(quoted("./a ${env.X} \"b\""), r#""./a $${env.X} \"b\"""#);
    }
}

//! `config show`: every setting with its value and where it came from.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::cell::Cell;
use crate::output::columns::{Column, Kind};
use crate::settings::{Key, Origin, SecretKey};

/// What is told of a setting.
pub(super) static KIND: Kind = Kind {
    name: "setting",
    columns: &[Column::left("name"), Column::text("value"), Column::text("from")],
    keyed: false,
};

const HIDDEN: &str = "(hidden)";

/// Show every setting and where it comes from
///
/// Secrets are not shown, and no program that tells one is run. Names are those of the config file:
/// `org_id` there is AEP_ORG_ID in the environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aep-export config show
  aep-export config show --sandbox dev -o json")]
pub(crate) struct Args {}

impl Args {
    pub(crate) fn execute(self, context: &mut Context) -> Result<(), Failure> {
        context.refuse_raw("config show")?;
        let rows = rows(context)?;
        let mut list = context.out.list();
        for row in &rows {
            list.record(row.json().as_bytes(), &row.name, || row.cells())?;
        }
        list.end()?;
        Ok(())
    }
}

/// A setting as it is shown.
struct Row {
    name: String,
    value: Option<String>,
    hidden: bool,
    origin: Option<Origin>,
    /// Given, but something else is used in its place.
    unused: bool,
}

impl Row {
    fn cells(&self) -> Vec<Cell> {
        let from = match &self.origin {
            Some(origin) if self.unused => Some(format!("{} (not used)", origin.short())),
            Some(origin) => Some(origin.short()),
            None => None,
        };
        vec![self.name.as_str().into(), self.value.clone().into(), from.into()]
    }

    fn json(&self) -> String {
        let place = match &self.origin {
            Some(Origin::File(place)) => Some(place),
            _ => None,
        };
        json!({
            "name": self.name,
            "value": self.value,
            "hidden": self.hidden,
            "used": self.value.is_some() && !self.unused,
            "origin": self.origin.as_ref().map(Origin::kind),
            "from": self.origin.as_ref().map(Origin::short),
            "profile": place.and_then(|place| place.profile.as_deref()),
            "file": place.map(|place| place.file.display().to_string()),
            "line": place.map(|place| place.line),
        })
        .to_string()
    }
}

fn rows(context: &Context) -> Result<Vec<Row>, Failure> {
    let row = |name: &str, value: String, origin: Origin| Row {
        name: name.to_owned(),
        value: Some(value),
        hidden: false,
        origin: Some(origin),
        unused: false,
    };
    let nothing =
        |name: String| Row { name, value: None, hidden: false, origin: None, unused: false };
    let mut rows = Vec::new();
    if let Ok(file) = context.config_file() {
        rows.push(row("config", file.path().display().to_string(), file.origin()));
    }
    rows.push(match context.settings.profile() {
        Some(using) => row("profile", using.name.to_string(), using.chosen_by.clone()),
        None => nothing("profile".to_owned()),
    });
    for key in Key::ALL {
        rows.push(match context.settings.get(key)? {
            Some(setting) if key.is_hidden() => {
                Row { hidden: true, ..row(&key.name(), HIDDEN.to_owned(), setting.origin) }
            }
            Some(setting) => row(&key.name(), setting.value, setting.origin),
            None => nothing(key.name()),
        });
    }
    let used = context.settings.credential()?;
    for key in SecretKey::ALL {
        rows.push(match context.settings.secret(key)? {
            Some(setting) => Row {
                hidden: true,
                unused: used.as_ref().is_none_or(|(used, _)| *used != key),
                ..row(&key.name(), setting.source.to_string(), setting.origin)
            },
            None => nothing(key.name()),
        });
    }
    Ok(rows)
}

//! `--jq`: an expression over each record, evaluated in this program.

mod wrong;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{Compiler, Ctx, Exn, Native, Vars, data};
use jaq_json::{Val, read};

use super::json;
use crate::failure::Failure;

type Data = data::JustLut<Val>;

/// An expression, ready to be evaluated.
pub(crate) struct Query {
    filter: jaq_core::compile::Filter<Native<Data>>,
    /// Set while it is evaluated, which may take for ever.
    busy: Arc<AtomicBool>,
}

/// A result of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Text(Vec<u8>),
    /// Anything else, as JSON.
    Json(String),
}

impl Query {
    /// Reads `expression`, in which `now` is this time in milliseconds since 1970. What is wrong with it is told with
    /// its place.
    pub(crate) fn parse(expression: &str, now: i64) -> Result<Self, Failure> {
        let now = format!("def now: {now} / 1000;");
        let of_time = jaq_core::load::parse(&now, |parser| parser.defs()).unwrap_or_default();
        let of_jaq = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let of_jaq = of_jaq.filter(|def| !reaches_out(def.name)).map(for_a_while);
        let of_our_own = jaq_core::load::parse(TABLES, |parser| parser.defs()).unwrap_or_default();
        let arena = Arena::default();
        let modules = Loader::new(of_jaq.chain(of_our_own).chain(of_time))
            .load(&arena, File { code: expression, path: () })
            .map_err(|errors| wrong::unread(expression, &errors))?;
        jaq_core::load::import(&modules, |_| Err(String::new()))
            .map_err(|errors| wrong::unread(expression, &errors))?;
        let filter = Compiler::default()
            .with_funs(functions())
            .compile(modules)
            .map_err(|errors| wrong::unknown(expression, &errors))?;
        Ok(Self { filter, busy: Arc::default() })
    }

    /// Set while it is evaluated.
    pub(super) fn busy(&self) -> &Arc<AtomicBool> {
        &self.busy
    }

    /// What is found in a record, one after the other, and why there is no more.
    ///
    /// # Errors
    /// Why the record cannot be looked at.
    pub(crate) fn find(
        &self,
        record: &[u8],
    ) -> Result<impl Iterator<Item = Result<Found, String>>, String> {
        let input = json_value(record)?;
        let context = Ctx::<Data>::new(&self.filter.lut, Vars::new([]));
        let busy = Busy::new(&self.busy);
        let results = self.filter.id.run((context, input));
        Ok(results.map(move |result| {
            let _as_long_as_this = &busy;
            result.map(Found::from).map_err(why)
        }))
    }
}

/// The flag is set as long as this is there.
struct Busy<'a>(&'a AtomicBool);

impl<'a> Busy<'a> {
    fn new(flag: &'a AtomicBool) -> Self {
        flag.store(true, Ordering::SeqCst);
        Self(flag)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl From<Val> for Found {
    fn from(value: Val) -> Self {
        match value {
            Val::TStr(text) => Self::Text(text.to_vec()),
            other => Self::Json(other.to_string()),
        }
    }
}

/// Reads JSON into a value that is not nested beyond what the stack has room for.
fn json_value(text: &[u8]) -> Result<Val, String> {
    if json::depth(text) > json::DEEPEST {
        return Err("this is nested too deeply".to_owned());
    }
    read::parse_single(text).map_err(|error| error.to_string())
}

fn why(exception: Exn<'_, Val>) -> String {
    match exception.get_err() {
        Ok(error) => match error.into_val() {
            Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
            other => other.to_string(),
        },
        Err(_) => "the expression has no end".to_owned(),
    }
}

/// A definition beside others that do not last as long.
fn for_a_while<'a>(def: Def<&'static str>) -> Def<&'a str> {
    def
}

/// Whether a function or definition of jaq's library leaves the record: the environment may hold
/// secrets, and only this program itself writes to its outputs, knows the time and ends.
fn reaches_out(name: &str) -> bool {
    const OUTSIDE: [&str; 10] = [
        "env",
        "now",
        "localtime",
        "strflocaltime",
        "halt",
        "halt_error",
        "debug",
        "debug_empty",
        "stderr",
        "stderr_empty",
    ];
    OUTSIDE.contains(&name)
}

fn functions() -> impl Iterator<Item = Fun<Data>> {
    let of_jaq = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    // Text that says it is JSON is held to the same depth as a record.
    let from_json = run::<Data>(("fromjson", v(0), |(_, text)| {
        let text = text.try_as_utf8_bytes_owned();
        bome(text.and_then(|text| json_value(&text).map_err(jaq_core::Error::str)))
    }));
    of_jaq.filter(|(name, ..)| !reaches_out(name) && *name != "fromjson").chain([from_json])
}

/// What jq has and jaq has not.
const TABLES: &str = r#"
def _cell(text; f):
  if . == null then "" elif isstring then text elif isboolean or isnumber then tostring
  else error("a \(type) does not fit into one cell: \(.)") end | f;
def _put($from; $to): split($from) | join($to);
def @tsv: [.[] | _cell(_put("\\"; "\\\\") | _put("\t"; "\\t") | _put("\n"; "\\n") | _put("\r"; "\\r"); .)] | join("\t");
def @csv: [.[] | _cell("\"" + _put("\""; "\"\"") + "\""; .)] | join(",");
"#;

#[cfg(test)]
mod tests;

//! What a kind of record is made of, and which of it is wanted.

use super::cell::Cell;
use super::path::{Path, only_member};
use crate::failure::Failure;
use crate::nearest::nearest;

/// A kind of record.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What one is called: `job`.
    pub(crate) name: &'static str,
    /// Its values, each with a name that scripts rely on.
    pub(crate) columns: &'static [Column],
    /// The service puts a record of it inside an object whose only key is its id.
    pub(crate) keyed: bool,
}

/// A value that every record of a kind may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    name: &'static str,
    form: Form,
    usual: Usual,
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Left,
    Right,
    /// Names or sentences, cut first where there is no room.
    Text,
}

/// Where a column stands when nobody chooses columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usual {
    Everywhere,
    /// There is no room for it in a table.
    Programs,
}

impl Column {
    pub(crate) const fn left(name: &'static str) -> Self {
        Self { name, form: Form::Left, usual: Usual::Everywhere }
    }

    pub(crate) const fn right(name: &'static str) -> Self {
        Self { name, form: Form::Right, usual: Usual::Everywhere }
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, form: Form::Text, usual: Usual::Everywhere }
    }

    /// The same column, not in a table unless it is asked for.
    pub(crate) const fn for_programs(self) -> Self {
        Self { usual: Usual::Programs, ..self }
    }
}

/// The columns that are wanted of a kind of record.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    kind: &'static Kind,
    chosen: Vec<Chosen>,
}

/// A column that is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// As it was asked for.
    pub(crate) name: String,
    pub(crate) form: Form,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Known(usize),
    At(Path),
}

impl Chosen {
    /// Its heading in a table.
    pub(crate) fn title(&self) -> String {
        match self.source {
            Source::Known(_) => self.name.to_uppercase().replace('_', " "),
            Source::At(_) => self.name.clone(),
        }
    }
}

impl Selection {
    /// What is shown when nobody chooses: in a table what there is room for, else everything.
    pub(crate) fn usual(kind: &'static Kind, in_table: bool) -> Self {
        let columns = kind.columns.iter().enumerate();
        let shown = columns.filter(|(_, column)| !in_table || column.usual == Usual::Everywhere);
        Self { kind, chosen: shown.map(|(index, column)| known(index, column)).collect() }
    }

    /// The columns that were asked for, by name or by path.
    pub(crate) fn asked(kind: &'static Kind, asked: &[String]) -> Result<Self, Failure> {
        let chosen = asked.iter().map(|text| choose(kind, text.trim()));
        Ok(Self { kind, chosen: chosen.collect::<Result<_, _>>()? })
    }

    /// What a record is called.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind.name
    }

    pub(crate) fn columns(&self) -> &[Chosen] {
        &self.chosen
    }

    /// The chosen values of a record: `raw` is the record, `row` what is known of it.
    pub(crate) fn cells(&self, raw: &[u8], row: &[Cell]) -> Vec<Cell> {
        let has_paths = self.chosen.iter().any(|chosen| matches!(chosen.source, Source::At(_)));
        let inside = if has_paths && self.kind.keyed { only_member(raw) } else { None };
        let record = inside.unwrap_or(raw);
        let cell = |chosen: &Chosen| match &chosen.source {
            Source::Known(index) => row.get(*index).cloned().into(),
            Source::At(path) => path.find(record),
        };
        self.chosen.iter().map(cell).collect()
    }
}

fn known(index: usize, column: &Column) -> Chosen {
    Chosen { name: column.name.to_owned(), form: column.form, source: Source::Known(index) }
}

fn choose(kind: &'static Kind, text: &str) -> Result<Chosen, Failure> {
    let named = kind.columns.iter().enumerate().find(|(_, column)| column.name == text);
    if let Some((index, column)) = named {
        return Ok(known(index, column));
    }
    if let Some(path) = Path::parse(text) {
        return Ok(Chosen { name: text.to_owned(), form: Form::Text, source: Source::At(path) });
    }
    let names: Vec<&str> = kind.columns.iter().map(|column| column.name).collect();
    let failure = Failure::usage(format!(
        "--columns: a {} has no column {text:?}; it has {}, and paths with a dot such as \
         destination.batchId or .requestId reach into the record",
        kind.name,
        names.join(", ")
    ));
    Err(match nearest(text, names.into_iter()) {
        Some(name) => failure.hint(format!("perhaps {name} is meant")),
        None => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static KIND: Kind = Kind {
        name: "thing",
        columns: &[
            Column::left("id"),
            Column::right("last_size"),
            Column::text("note").for_programs(),
        ],
        keyed: true,
    };

    fn names(selection: &Selection) -> Vec<&str> {
        selection.columns().iter().map(|chosen| chosen.name.as_str()).collect()
    }

    #[test]
    fn programs_get_more_than_a_table_has_room_for() {
        assert_eq!(names(&Selection::usual(&KIND, true)), ["id", "last_size"]);
        assert_eq!(names(&Selection::usual(&KIND, false)), ["id", "last_size", "note"]);
    }

    #[test]
    fn names_and_paths_are_chosen_in_the_order_asked_for() {
        let asked = ["note", ".size", " id "].map(str::to_owned);
        let selection = Selection::asked(&KIND, &asked).unwrap();
        assert_eq!(names(&selection), ["note", ".size", "id"]);
        let row = [Cell::from("7"), Cell::from(1), Cell::from("n")];
        let cells = selection.cells(br#"{"7": {"size": -0.0}}"#, &row);
        assert_eq!(cells, [Cell::from("n"), Cell::Json("-0.0".into()), Cell::from("7")]);
        let titles: Vec<_> =
            Selection::usual(&KIND, true).chosen.iter().map(Chosen::title).collect();
        assert_eq!(titles, ["ID", "LAST SIZE"]);
    }

    #[test]
    fn a_wrong_name_is_told_with_those_there_are() {
        let failure = Selection::asked(&KIND, &["last_sise".to_owned()]).unwrap_err();
        assert!(failure.message().contains("it has id, last_size, note"), "{failure:?}");
        assert_eq!(failure.next_step(), Some("perhaps last_size is meant"));
        let failure = Selection::asked(&KIND, &[String::new()]).unwrap_err();
        assert_eq!(failure.next_step(), None);
    }
}

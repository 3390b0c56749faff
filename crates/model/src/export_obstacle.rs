//! What speaks against exporting into a dataset.

use std::fmt;

use crate::dataset::{Dataset, FileDescription, SchemaRef};

/// Something that speaks against exporting into a dataset; from [`Dataset::export_obstacles`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportObstacle {
    /// It is on this schema. An export needs the union schema of profiles (documented).
    OtherSchema(String),
    /// It does not say which schema it is on.
    UnknownSchema,
    /// Its files are in this format. The guides make datasets for exports with Parquet; what becomes
    /// of an export into another one is not documented.
    OtherFormat(String),
    /// It is in this state. Published samples have `DRAFT` only, and no list of states is documented.
    OtherState(String),
    /// It is enabled for profiles: what is written to it is taken in as profile data (documented of
    /// such datasets; of exports into them nothing is).
    EnabledForProfiles,
}

impl ExportObstacle {
    /// Whether the documents leave no doubt that an export will fail.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::OtherSchema(_))
    }
}

impl fmt::Display for ExportObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSchema(schema) => {
                write!(f, "it is on the schema {schema}, and not on the union schema of profiles")
            }
            Self::UnknownSchema => f.write_str("it does not say which schema it is on"),
            Self::OtherFormat(format) => write!(f, "its files are {format}, and not parquet"),
            Self::OtherState(state) => write!(f, "its state is {state}, where DRAFT is usual"),
            Self::EnabledForProfiles => f.write_str(
                "it is enabled for profiles, so what is exported may be taken in as profile data",
            ),
        }
    }
}

impl Dataset {
    /// What speaks against exporting into the dataset. Nothing of it is proof that an export works.
    ///
    /// ```
    /// use aep_export_model::{Dataset, ExportObstacle};
    ///
    /// let dataset: Dataset = serde_json::from_str(
    ///     r#"{"state": "DRAFT", "schemaRef": {"id": "https://ns.adobe.com/acme/schemas/5"}}"#,
    /// )?;
    /// let schema = "https://ns.adobe.com/acme/schemas/5".to_owned();
    /// assert_eq!(dataset.export_obstacles(), [ExportObstacle::OtherSchema(schema)]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn export_obstacles(&self) -> Vec<ExportObstacle> {
        let state = self.state.as_deref().filter(|state| !state.is_empty() && *state != "DRAFT");
        let enabled = self.tags.get("unifiedProfile").is_some_and(|values| {
            values.iter().any(|value| value.eq_ignore_ascii_case("enabled:true"))
        });
        let format = self.file_description.as_ref().and_then(FileDescription::other_than_parquet);
        [
            self.other_schema(),
            format.map(|format| ExportObstacle::OtherFormat(format.to_owned())),
            state.map(|state| ExportObstacle::OtherState(state.to_owned())),
            enabled.then_some(ExportObstacle::EnabledForProfiles),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn other_schema(&self) -> Option<ExportObstacle> {
        match self.schema_ref.as_ref().and_then(|schema| schema.id.as_deref()) {
            Some(SchemaRef::PROFILE_UNION) => None,
            Some(schema) => Some(ExportObstacle::OtherSchema(schema.to_owned())),
            None => Some(ExportObstacle::UnknownSchema),
        }
    }
}

impl FileDescription {
    /// The first format that is named and is another one. An empty one is none (documented).
    fn other_than_parquet(&self) -> Option<&str> {
        let named = [self.format.as_deref(), self.container_format.as_deref()];
        let mut named = named.into_iter().flatten();
        named.find(|format| !format.is_empty() && !format.eq_ignore_ascii_case("parquet"))
    }
}

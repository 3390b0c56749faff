//! Datasets of the Catalog: where an export writes.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, SeqAccess};
use serde::ser::{Serialize, Serializer};

use crate::by_id::by_id;
use crate::document::document;
use crate::id::{BatchId, DatasetId};
use crate::read::{self, Kind, List, Scalar, Value};
use crate::status::BatchStatus;
use crate::time::EpochMillis;

by_id! {
    /// What the Catalog answers to any question for datasets: a map by id, also for a single one. The
    /// order of a sorted answer is lost.
    pub struct DatasetMap(DatasetId => Dataset);
}

document! {
    /// A dataset (documented). A property that was not asked for is absent; one without a value
    /// comes as `{}` (documented) and is absent too.
    pub struct Dataset {
        /// The name that people know it by.
        pub name: Option<String> = "name";
        /// What it is for.
        pub description: Option<String> = "description";
        /// `DRAFT`, ...
        pub state: Option<String> = "state";
        /// The schema of its records.
        pub schema_ref: Option<SchemaRef> = "schemaRef";
        /// What its files are.
        pub file_description: Option<FileDescription> = "fileDescription";
        /// Tags; their values are lists of text.
        pub tags: BTreeMap<String, Vec<String>> = "tags";
        /// The view that files belong to.
        pub view_id: Option<String> = "viewId";
        /// Where its files are listed, as `@/dataSets/<id>/views/<view>/files` (documented): a path
        /// of the Catalog after the `@`.
        pub files: Option<String> = "files";
        /// The batch that was written last.
        pub last_batch_id: Option<BatchId> = "lastBatchId";
        /// How the batch that was written last stands.
        pub last_batch_status: Option<BatchStatus> = "lastBatchStatus";
        /// The last batch that succeeded.
        pub last_successful_batch: Option<BatchId> = "lastSuccessfulBatch";
        /// The last batch that failed.
        pub last_failed_batch: Option<BatchId> = "lastFailedBatch";
        /// When it was created.
        pub created: Option<EpochMillis> = "created";
        /// When it last changed.
        pub updated: Option<EpochMillis> = "updated";
        /// The client that created it.
        pub created_client: Option<String> = "createdClient";
        /// The user that created it.
        pub created_user: Option<String> = "createdUser";
        /// The user that last changed it.
        pub updated_user: Option<String> = "updatedUser";
        /// The organisation.
        pub ims_org: Option<String> = "imsOrg";
        /// The record's version.
        pub version: Option<String> = "version";
        /// Where the files lie.
        pub base_path: Option<String> = "basePath";
    }
}

impl Dataset {
    /// Whether the dataset is on the union schema of profiles, which an export needs (documented).
    /// `None` where its schema is not known.
    pub fn is_for_exports(&self) -> Option<bool> {
        Some(self.schema_ref.as_ref()?.id.as_deref()? == SchemaRef::PROFILE_UNION)
    }
}

document! {
    /// The schema that a dataset is on.
    pub struct SchemaRef {
        /// The schema's URI.
        pub id: Option<String> = "id";
        /// The form and version of the schema that is meant.
        pub content_type: Option<String> = "contentType";
    }
}

impl SchemaRef {
    /// The union schema of profiles, which a dataset for exports must be on (documented).
    pub const PROFILE_UNION: &'static str = "https://ns.adobe.com/xdm/context/profile__union";
    /// The content type beside it in every published request.
    pub const XED_VERSION_1: &'static str = "application/vnd.adobe.xed+json;version=1";

    /// The union schema of profiles.
    pub fn profile_union() -> Self {
        Self {
            id: Some(Self::PROFILE_UNION.to_owned()),
            content_type: Some(Self::XED_VERSION_1.to_owned()),
        }
    }
}

document! {
    /// The request that creates a dataset.
    ///
    /// ```
    /// use aep_export_model::NewDataset;
    ///
    /// assert_eq!(
    ///     serde_json::to_string(&NewDataset::for_exports("gold"))?,
    ///     concat!(
    ///         r#"{"name":"gold","schemaRef":{"id":"https://ns.adobe.com/xdm/context/profile__union","#,
    ///         r#""contentType":"application/vnd.adobe.xed+json;version=1"},"#,
    ///         r#""fileDescription":{"persisted":true,"containerFormat":"parquet","format":"parquet"}}"#,
    ///     ),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct NewDataset {
        /// The dataset's name.
        pub name: Option<String> = "name";
        /// What it is for.
        pub description: Option<String> = "description";
        /// Its schema.
        pub schema_ref: Option<SchemaRef> = "schemaRef";
        /// How its files are to be. Optional (documented); newer guides leave it out.
        pub file_description: Option<FileDescription> = "fileDescription";
        /// `production`; only the oldest guide asks for it.
        pub aspect: Option<String> = "aspect";
        /// Tags; their values are lists of text.
        pub tags: BTreeMap<String, Vec<String>> = "tags";
    }
}

impl NewDataset {
    /// A dataset that exports can write to: on the union schema of profiles, with Parquet files.
    pub fn for_exports(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            schema_ref: Some(SchemaRef::profile_union()),
            file_description: Some(FileDescription::parquet()),
            ..Self::default()
        }
    }
}

document! {
    /// What the files of a dataset are.
    pub struct FileDescription {
        /// Whether files are kept (guides only).
        pub persisted: Option<bool> = "persisted";
        /// `parquet` (guides only).
        pub container_format: Option<String> = "containerFormat";
        /// `parquet`, or `csv`, `json`, ..; needed for uploads of CSV only (documented).
        pub format: Option<String> = "format";
    }
}

impl FileDescription {
    /// Parquet files, as the guides describe them.
    pub fn parquet() -> Self {
        Self {
            persisted: Some(true),
            container_format: Some("parquet".to_owned()),
            format: Some("parquet".to_owned()),
        }
    }
}

/// What the Catalog answers to creating something: `["@/dataSets/<id>"]` (observed), on some pages
/// of the documentation `["@/datasets/<id>"]`.
///
/// ```
/// use aep_export_model::CreatedRefs;
///
/// let created: CreatedRefs = serde_json::from_str(r#"["@/dataSets/6123456789abcdef01234567"]"#)?;
/// assert_eq!(created.dataset_id().map(|id| id.to_string()).as_deref(), Some("6123456789abcdef01234567"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedRefs {
    /// The references as they came.
    pub refs: Vec<String>,
}

impl CreatedRefs {
    /// The id of the dataset that was created: what stands after the last `/` of the first
    /// reference.
    pub fn dataset_id(&self) -> Option<DatasetId> {
        let first = self.refs.first()?;
        let id = first.trim_end_matches('/').rsplit('/').next()?;
        (!id.is_empty()).then(|| DatasetId::from(id))
    }
}

impl Value for CreatedRefs {
    const KIND: Kind = Kind::List;

    fn from_scalar(scalar: Scalar<'_>) -> Option<Self> {
        Vec::from_scalar(scalar).map(|refs| Self { refs })
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: List<'_, A>) -> Result<Option<Self>, A::Error> {
        Ok(Some(Self { refs: list.read()? }))
    }
}

impl<'de> Deserialize<'de> for CreatedRefs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::scalar(from, "a list of references")
    }
}

impl Serialize for CreatedRefs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.refs.serialize(to)
    }
}

//! The flags that describe a job, shared by `create` and `run`.

use std::path::PathBuf;
use std::time::Duration;

use aep_export_model::{DatasetId, MergePolicyId};

use super::assignment::Assignment;
use crate::duration::parse_interval;
use crate::segment::{self, SegmentFlag};

#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Job options")]
pub(crate) struct JobFlags {
    /// Dataset to export into; its schema must be the profile union schema
    #[arg(long, value_name = "ID")]
    pub(crate) dataset: Option<DatasetId>,

    /// Make a new dataset of this name and export into it
    #[arg(long, value_name = "NAME", conflicts_with = "dataset")]
    pub(crate) create_dataset: Option<String>,

    /// Segment to export, by id, with its namespace and the memberships wanted (repeatable)
    #[arg(long, value_name = "ID[:NS][=STATUS,...]", value_parser = segment::parse)]
    pub(crate) segment: Vec<SegmentFlag>,

    /// Audience to export, by name (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) audience: Vec<String>,

    /// Fields to export, as dotted paths; all without it
    #[arg(long, value_name = "A.B,C", value_delimiter = ',')]
    pub(crate) fields: Option<Vec<String>>,

    /// Merge policy, and its version; the segment's own without it
    #[arg(long, value_name = "ID[@VERSION]", value_parser = merge_policy)]
    pub(crate) merge_policy: Option<MergePolicyFlag>,

    /// Only profiles updated after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) ingested_after: Option<String>,

    /// Only memberships that began after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) qualified_after: Option<String>,

    /// Only memberships that began before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) qualified_before: Option<String>,

    /// Also profiles that have events and no attributes
    #[arg(long)]
    pub(crate) empty_profiles: bool,

    /// Also export events, and which of their fields
    #[arg(
        long,
        value_name = "FIELDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    pub(crate) events: Option<String>,

    /// Only events ingested after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) events_ingested_after: Option<String>,

    /// Write one batch for each segment instead of one for all
    #[arg(long)]
    pub(crate) segment_per_batch: bool,

    /// Evaluate the segments as part of the job
    #[arg(long)]
    pub(crate) evaluate: bool,

    /// Attach to an equal job that is already running instead of creating another one; one that was
    /// created at most AGE ago [default: 12h]
    #[arg(
        long,
        value_name = "AGE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "12h",
        value_parser = parse_interval,
        conflicts_with = "create_dataset"
    )]
    pub(crate) once: Option<Duration>,

    /// Schema of the profiles [default: _xdm.context.profile]
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,

    /// File with the whole request as JSON, YAML or TOML, `-` for JSON on standard input; other
    /// flags override it. ${NAME} in it is the value of an environment variable
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Value for a path of the request, over everything else (repeatable); text unless it is JSON
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<Assignment>,
}

/// `--merge-policy` as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergePolicyFlag {
    pub(crate) id: MergePolicyId,
    pub(crate) version: Option<u32>,
}

fn merge_policy(text: &str) -> Result<MergePolicyFlag, String> {
    let (id, version) = match text.rsplit_once('@') {
        Some((id, version)) => {
            let number = version
                .parse()
                .map_err(|_| format!("the version after `@`, `{version}`, is not a number"))?;
            (id, Some(number))
        }
        None => (text, None),
    };
    if id.trim().is_empty() {
        return Err("the id is missing (expected ID[@VERSION])".to_owned());
    }
    Ok(MergePolicyFlag { id: MergePolicyId::new(id), version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_merge_policy() {
        let flag = merge_policy("timestampOrdered-none-mp@1").unwrap();
        assert_eq!((flag.id.as_str(), flag.version), ("timestampOrdered-none-mp", Some(1)));
        assert_eq!(merge_policy("abc").unwrap().version, None);
        for text in ["", "@1", "abc@", "abc@x", "abc@-1"] {
            assert!(merge_policy(text).is_err(), "{text}");
        }
    }
}

//! `--segment ID[:NAMESPACE][=STATUS,...]`.

use aep_export_model::{MembershipStatus, SegmentFilter};

use crate::nearest::nearest;

/// One `--segment` as typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SegmentFlag {
    pub(crate) id: String,
    pub(crate) namespace: Option<String>,
    pub(crate) statuses: Vec<MembershipStatus>,
}

impl SegmentFlag {
    /// The filter that goes into the request.
    pub(crate) fn filter(&self) -> SegmentFilter {
        let mut filter = SegmentFilter::new(self.id.as_str());
        if let Some(namespace) = &self.namespace {
            filter = filter.namespace(namespace.as_str());
        }
        self.statuses.iter().cloned().fold(filter, SegmentFilter::status)
    }
}

/// Reads one flag. An id may hold colons: the namespace is what follows the last one.
pub(crate) fn parse(text: &str) -> Result<SegmentFlag, String> {
    let (head, statuses) = match text.rsplit_once('=') {
        Some((head, statuses)) => (head, Some(statuses)),
        None => (text, None),
    };
    let (id, namespace) = match head.rsplit_once(':') {
        Some((id, namespace)) => (id, Some(namespace)),
        None => (head, None),
    };
    if id.trim().is_empty() {
        return Err("the segment id is missing (expected ID[:NAMESPACE][=STATUS,...])".to_owned());
    }
    if namespace.is_some_and(|namespace| namespace.trim().is_empty()) {
        return Err("the namespace after `:` is missing".to_owned());
    }
    let statuses = match statuses {
        Some(list) => list.split(',').map(status).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(SegmentFlag { id: id.to_owned(), namespace: namespace.map(str::to_owned), statuses })
}

fn status(text: &str) -> Result<MembershipStatus, String> {
    let status = MembershipStatus::from(text.trim());
    if status.is_known() {
        return Ok(status);
    }
    let known = MembershipStatus::KNOWN;
    let meant = nearest(text.trim(), known.iter().copied());
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Err(format!("`{text}` is not a membership status (one of {}){meant}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_id_namespace_and_statuses() {
        let cases = [
            ("a-1", "a-1", None, &[][..]),
            ("a-1:AAM", "a-1", Some("AAM"), &[]),
            ("a-1=realized", "a-1", None, &["realized"]),
            ("a-1:ups=realized,exited", "a-1", Some("ups"), &["realized", "exited"]),
            ("urn:x:1:ups", "urn:x:1", Some("ups"), &[]),
        ];
        for (text, id, namespace, statuses) in cases {
            let flag = parse(text).unwrap();
            assert_eq!(flag.id, id, "{text}");
            assert_eq!(flag.namespace.as_deref(), namespace, "{text}");
            let read: Vec<&str> = flag.statuses.iter().map(MembershipStatus::as_str).collect();
            assert_eq!(read, statuses, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, part) in [
            ("", "id is missing"),
            (":ups", "id is missing"),
            ("=realized", "id is missing"),
            ("a:", "namespace"),
            ("a=", "not a membership status"),
            ("a=realised", "`realised` is not a membership status"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}

//! Envelopes of one level.

use crate::document::document;

document! {
    /// A refusal of the API gateway, before the service saw the request.
    ///
    /// The HTTP status is the code's first three digits, as a rule: a missing token is 403 `403010`,
    /// and `503020` comes with HTTP 403 (source of the open gateway).
    ///
    /// ```
    /// use aep_export_model::GatewayError;
    ///
    /// let error: GatewayError =
    ///     serde_json::from_str(r#"{"error_code": "403010", "message": "Oauth token is missing."}"#)?;
    /// assert_eq!(error.code(), Some("403010"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct GatewayError {
        /// Six digits.
        pub error_code: Option<String> = "error_code";
        /// What is wrong.
        pub message: Option<String> = "message";
    }
}

impl GatewayError {
    /// The gateway's code.
    pub fn code(&self) -> Option<&str> {
        self.error_code.as_deref()
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

document! {
    /// An error of the Catalog. Its `type` is a placeholder, so its title is all the code it has.
    pub struct CatalogError {
        /// `/placeholder/type/uri` in every sample.
        pub type_uri: Option<String> = "type";
        /// The HTTP status.
        pub status: Option<u16> = "status";
        /// `BadRequestError`, `NotFoundError`, ...
        pub title: Option<String> = "title";
        /// What is wrong.
        pub detail: Option<String> = "detail";
    }
}

impl CatalogError {
    /// The code of the type, if it names one, or else the title.
    pub fn code(&self) -> Option<&str> {
        self.type_uri.as_deref().and_then(super::code_of_type).or(self.title.as_deref())
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.detail.as_deref().or(self.title.as_deref())
    }
}

document! {
    /// An error of profile entities; its numbers are texts.
    pub struct ProfileError {
        /// What is wrong, with a code in front in some: `UPS-ACC-1000004: IMS Org is not ..`.
        pub message: Option<String> = "message";
        /// What lies behind it: text, or JSON as text.
        pub cause: Option<String> = "cause";
        /// After how many milliseconds to try again.
        pub retry_after_ms: Option<u64> = "retryAfterMs";
        /// The HTTP status, as text.
        pub status_code: Option<String> = "statusCode";
    }
}

impl ProfileError {
    /// The code in front of the message, or else the HTTP status.
    pub fn code(&self) -> Option<&str> {
        self.code_in_message().or(self.status_code.as_deref())
    }

    /// The HTTP status as a number.
    pub fn status(&self) -> Option<u16> {
        self.status_code.as_deref()?.parse().ok()
    }

    fn code_in_message(&self) -> Option<&str> {
        let (code, _) = self.message.as_deref()?.split_once(':')?;
        let is_code = code.contains('-')
            && code
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
        is_code.then_some(code)
    }

    /// What is wrong, its code included.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref().or(self.cause.as_deref())
    }
}

document! {
    /// An error that is only a sentence, or a status with a sentence.
    pub struct MessageError {
        /// Whether all is well.
        pub status: Option<bool> = "status";
        /// What is wrong.
        pub message: Option<String> = "message";
    }
}

impl MessageError {
    /// There is none.
    pub fn code(&self) -> Option<&str> {
        None
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

document! {
    /// An error that is only a sentence, under another key.
    pub struct ErrorMessage {
        /// What is wrong.
        pub error_message: Option<String> = "errorMessage";
    }
}

impl ErrorMessage {
    /// There is none.
    pub fn code(&self) -> Option<&str> {
        None
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.error_message.as_deref()
    }
}

document! {
    /// An error of the service that labels datasets.
    pub struct LabelsError {
        /// When it happened, as text.
        pub timestamp: Option<String> = "timestamp";
        /// The HTTP status by name: `NOT_FOUND`.
        pub status: Option<String> = "status";
        /// The code: `PES-404`.
        pub code: Option<String> = "code";
        /// What is wrong.
        pub message: Option<String> = "message";
        /// What was asked for.
        pub path: Option<String> = "path";
    }
}

impl LabelsError {
    /// The service's code.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

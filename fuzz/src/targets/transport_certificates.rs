//! A file with certificates of one's own: it is read or refused, and a text around them changes nothing.

use aep_export_transport::CaCertificates;

pub(super) fn target(data: &[u8]) {
    let read = CaCertificates::from_pem(data);
    if let Ok(certificates) = &read {
        let begin = b"-----BEGIN CERTIFICATE-----";
        assert!(data.windows(begin.len()).any(|bytes| bytes == begin));
        assert!(!format!("{certificates:?}").contains("CaCertificates(0)"));
        let preceded = [b"the certificates of us\n", data].concat();
        assert!(CaCertificates::from_pem(&preceded).is_ok());
    }
}

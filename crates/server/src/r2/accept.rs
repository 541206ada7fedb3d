//! Whether a client wants an object as it is, or as JSON.

use axum::http::header::{ACCEPT, HeaderMap, RANGE};

/// Whether `Accept` prefers another type to JSON. `*/*` alone does not: that is what curl and most libraries send, and
/// they are promised JSON. Who asks for a range wants bytes, unless it asks for JSON by name.
pub(super) fn wants_raw(headers: &HeaderMap) -> bool {
    let (mut json, mut other) = (0, 0);
    for given in headers.get_all(ACCEPT).iter().filter_map(|given| given.to_str().ok()) {
        for range in given.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let quality = quality.map_or(1000, thousandths);
            match name.as_str() {
                "application/json" => json = json.max(quality),
                "*/*" | "application/*" | "" => {}
                _ => other = other.max(quality),
            }
        }
    }
    other > json || json == 0 && headers.contains_key(RANGE)
}

/// A quality from 0 to 1; what is none counts as 1.
fn thousandths(text: &str) -> u32 {
    text.parse::<f32>().ok().filter(|it| (0.0..=1.0).contains(it)).map_or(1000, |it| (it * 1000.0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (accept, raw) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/plain, */*", false),
            ("application/octet-stream", true),
            ("image/png", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/octet-stream;q=0.5, application/json", false),
            ("application/octet-stream, application/json;q=0.5", true),
            ("application/octet-stream;q=0", false),
            ("application/*", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            assert_eq!(wants_raw(&headers), raw, "{accept}");
        }
        assert!(!wants_raw(&HeaderMap::new()));
        assert!(wants_raw(&HeaderMap::from_iter([(RANGE, "bytes=0-".parse().unwrap())])));
    }
}

//! A page of a list, as S3 writes it.
//!
//! It is read here, and not by OpenDAL: that takes spaces from the ends of names, and names are kept as they are.

/// A page of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The names of objects, and common prefixes, in the order of their bytes.
    pub(super) names: Vec<String>,
    /// Whether there are more.
    pub(super) more: bool,
}

impl Page {
    /// Reads a `ListBucketResult`; `None` if it is none.
    pub(super) fn read(xml: &str) -> Option<Page> {
        let (_, result) = xml.split_once("<ListBucketResult")?;
        let (result, _) = result.split_once("</ListBucketResult>")?;
        let mut names = Vec::new();
        for object in elements(result, "Contents") {
            names.push(unescape(elements(object, "Key").next()?)?);
        }
        for prefixes in elements(result, "CommonPrefixes") {
            for prefix in elements(prefixes, "Prefix") {
                names.push(unescape(prefix)?);
            }
        }
        names.sort_unstable();
        let more = elements(result, "IsTruncated").next()?.trim() == "true";
        Some(Page { names, more })
    }
}

/// The text of the first `Code` of an error.
pub(super) fn code(xml: &str) -> Option<&str> {
    let code = elements(xml, "Code").next()?;
    let is_name =
        !code.is_empty() && code.len() < 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then_some(code)
}

/// What stands in each element of this name; S3 gives none of those that are read here attributes, and none of them
/// contains another of its name.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&start)?;
        let (text, after) = after.split_once(&end)?;
        rest = after;
        Some(text)
    })
}

/// Text without entities.
fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';')?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let digits = entity.strip_prefix('#')?;
                let number = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => digits.parse(),
                };
                char::from_u32(number.ok()?)?
            }
        });
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_are() {
        let page = Page::read(
            "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\"><Name>b</Name><Prefix>a</Prefix>\
             <IsTruncated>true</IsTruncated>\
             <Contents><Key> a &amp;&lt;b&gt; </Key><Size>1</Size></Contents>\
             <Contents><Size>1</Size><Key> </Key></Contents>\
             <Contents><Key>&#x10FFFF;&#13;</Key></Contents>\
             <CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>",
        );
        let names = [" ", " a &<b> ", "a/", "\u{10ffff}\r"].map(str::to_owned).to_vec();
        assert_eq!(page, Some(Page { names, more: true }));
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_no_page() {
        let whole = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        assert_eq!(Page::read(whole), Some(Page::default()));
        for end in 0..whole.len() {
            assert_eq!(Page::read(&whole[..end]), None, "{end}");
        }
        assert_eq!(Page::read("<html></html>"), None);
        let entity = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>&x;</Key></Contents>\
                      </ListBucketResult>";
        assert_eq!(Page::read(entity), None);
    }

    #[test]
    fn codes_of_errors() {
        assert_eq!(code("<Error><Code>NoSuchKey</Code></Error>"), Some("NoSuchKey"));
        assert_eq!(code("<Error><Code>a secret</Code></Error>"), None);
        assert_eq!(code("no"), None);
    }
}

//! Which orders of decorators make sense.

use crate::error::{Error, Result};
use crate::store::StoreInfo;

/// Something about a stack that works, and is seldom meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StackWarning {
    /// The outer layer.
    pub outer: String,
    /// The inner layer.
    pub inner: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

enum Verdict {
    Refused,
    Warned,
}

/// Outer layer, inner layer, and what is wrong with that. The names are those the layers give themselves.
const RULES: [(&str, &str, Verdict, &str); 9] = [
    (
        "encrypted",
        "compressed",
        Verdict::Refused,
        "what is encrypted cannot be compressed: put `compressed` outside of `encrypted`",
    ),
    (
        "resilient",
        "graceful",
        Verdict::Refused,
        "no attempt ever fails above `graceful`, so none is repeated: put `graceful` outside of `resilient`",
    ),
    (
        "fallback",
        "graceful",
        Verdict::Refused,
        "no store ever fails above `graceful`, so nothing falls back: put `graceful` outside of `fallback`",
    ),
    (
        "resilient",
        "monitored",
        Verdict::Warned,
        "`monitored` below `resilient` measures attempts, and not calls as their callers see them",
    ),
    (
        "resilient",
        "resilient",
        Verdict::Warned,
        "deadlines, queues and breakers of two `resilient` layers hide each other",
    ),
    (
        "monitored",
        "graceful",
        Verdict::Warned,
        "`monitored` above `graceful` counts degraded answers as answers; `credenza.degraded` counts them too",
    ),
    (
        "cache",
        "encrypted",
        Verdict::Warned,
        "`cache` outside of `encrypted` keeps values in the clear in its front store: put it inside, or keep the front in memory",
    ),
    ("compressed", "compressed", Verdict::Warned, "what is compressed does not shrink again"),
    (
        "encrypted",
        "encrypted",
        Verdict::Warned,
        "two `encrypted` layers want two rings of keys, and protect no better",
    ),
];

/// What is to be said of the outermost layer of a stack and those below it.
///
/// # Errors
/// `InvalidArgument` for an order that cannot work, with the reason.
pub(crate) fn check(info: &StoreInfo) -> Result<Vec<StackWarning>> {
    let mut warnings = Vec::new();
    let mut layers = info.layers();
    while let Some(outer) = layers.next() {
        for inner in layers.clone() {
            for (above, below, verdict, reason) in &RULES {
                if (*above, *below) != (outer, inner) {
                    continue;
                }
                match verdict {
                    Verdict::Refused => return Err(Error::invalid(format!("{}: {reason}", info.stack()))),
                    Verdict::Warned => {
                        let (outer, inner) = (outer.to_owned(), inner.to_owned());
                        warnings.push(StackWarning { outer, inner, reason });
                    }
                }
            }
        }
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(layers: &[&'static str]) -> Result<Vec<&'static str>> {
        let mut info = StoreInfo::backend("memory");
        for layer in layers.iter().rev() {
            info = StoreInfo::decorator(*layer, &info);
        }
        Ok(check(&info)?.into_iter().map(|warning| warning.reason).collect())
    }

    #[test]
    fn the_recommended_order_has_nothing_to_be_said_of() {
        let layers =
            ["graceful", "monitored", "fallback", "resilient", "namespaced", "compressed", "encrypted"];
        assert_eq!(stack(&layers).unwrap(), [""; 0]);
        assert_eq!(stack(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn what_cannot_work_is_refused_wherever_it_stands() {
        for layers in [
            &["encrypted", "compressed"][..],
            &["monitored", "encrypted", "namespaced", "compressed"],
            &["resilient", "graceful"],
            &["fallback", "resilient", "graceful"],
        ] {
            let error = stack(layers).unwrap_err();
            assert!(
                error.message().starts_with(&layers.join(" › ")) && error.message().contains("outside of"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_seldom_meant_is_told() {
        assert_eq!(stack(&["cache", "encrypted"]).unwrap().len(), 1);
        assert_eq!(stack(&["encrypted", "cache"]).unwrap().len(), 0);
        assert_eq!(stack(&["resilient", "monitored"]).unwrap().len(), 1);
        assert_eq!(stack(&["resilient", "monitored", "resilient"]).unwrap().len(), 2);
    }
}

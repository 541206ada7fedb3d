//! What the processor can do.
//!
//! `unsafe` stands here and in `wide.rs`, nowhere else in this crate: a function that is compiled for instructions that not every processor has may be called where it was
//! seen that this one has them.

/// What kind of instructions the loops use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// What every processor of the architecture has.
    Portable,
    /// 256 bits at a time: AVX2.
    Avx2,
    /// 512 bits at a time, and counting of bits: AVX-512 with VPOPCNTDQ.
    Avx512,
}

impl Level {
    /// The best that this processor has.
    pub fn best() -> Level {
        *Level::all().last().unwrap_or(&Level::Portable)
    }

    /// All that this processor has, from the least to the best.
    pub fn all() -> &'static [Level] {
        use std::sync::OnceLock;
        static ALL: OnceLock<Vec<Level>> = OnceLock::new();
        ALL.get_or_init(|| {
            #[allow(unused_mut, reason = "other architectures have one level")]
            let mut all = vec![Level::Portable];
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("popcnt")
                {
                    all.push(Level::Avx2);
                }
                if all.contains(&Level::Avx2)
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vpopcntdq")
                {
                    all.push(Level::Avx512);
                }
            }
            all
        })
    }

    /// This one if the processor has it, and otherwise what it has.
    pub(crate) fn checked(self) -> Checked {
        Checked(self.min(Level::best()))
    }
}

/// A level that the processor was seen to have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked(Level);

impl Checked {
    pub(crate) fn level(self) -> Level {
        self.0
    }
}

/// Compiles a function for every level; it takes the level as its first argument. Where the widest registers are used by hand, `avx512 = …` names the
/// function that does.
macro_rules! leveled {
    (@avx512 [$by_hand:path] $portable:ident($($arg:ident),*)) => { $by_hand($($arg),*) };
    (@avx512 [] $portable:ident($($arg:ident),*)) => { $portable($($arg),*) };
    ($(avx512 = $by_hand:path;)? $(#[$meta:meta])* pub(crate) fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(unsafe_code, reason = "see the top of `level.rs`")]
        pub(crate) fn $name(level: crate::level::Checked, $($arg: $kind),*) $(-> $ret)? {
            #[inline(always)]
            fn portable($($arg: $kind),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,bmi2,popcnt")]
            fn avx2($($arg: $kind),*) $(-> $ret)? {
                portable($($arg),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,bmi2,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")]
            fn avx512($($arg: $kind),*) $(-> $ret)? {
                leveled!(@avx512 [$($by_hand)?] portable($($arg),*))
            }

            match level.level() {
                // SAFETY: a level that is checked is one that the processor has, by the same names.
                #[cfg(target_arch = "x86_64")]
                crate::level::Level::Avx512 => unsafe { avx512($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                crate::level::Level::Avx2 => unsafe { avx2($($arg),*) },
                _ => portable($($arg),*),
            }
        }
    };
}
pub(crate) use leveled;

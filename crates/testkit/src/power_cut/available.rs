use std::fmt;
use std::fs;
use std::process::{Command, Stdio};

/// Why the power cannot be cut here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// This is another system than Linux.
    System,
    /// This process may not mount file systems: it is not root, or is in a container without that right.
    Right,
    /// The kernel has no ext4 or no loop devices, not even as modules.
    Kernel,
    /// A program is missing.
    Program(&'static str),
    /// The kernel has loop devices, but `/dev` does not show them.
    Device,
}

impl Unavailable {
    /// Whether installing a program, or making a device node, is all it would take.
    pub fn is_ours_to_fix(self) -> bool {
        matches!(self, Unavailable::Program(_) | Unavailable::Device)
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unavailable::System => f.write_str("the power can be cut on Linux only"),
            Unavailable::Right => f.write_str("this process may not mount file systems (root may)"),
            Unavailable::Kernel => f.write_str("this kernel has no ext4 or no loop devices"),
            Unavailable::Program(name) => write!(f, "{name} is missing"),
            Unavailable::Device => {
                f.write_str("the kernel has loop devices, but /dev/loop-control is missing")
            }
        }
    }
}

/// What keeps a [`Disk`](super::Disk) from being made here; `None` if nothing does.
pub fn unavailable() -> Option<Unavailable> {
    if !cfg!(target_os = "linux") {
        return Some(Unavailable::System);
    }
    if !may_mount() {
        return Some(Unavailable::Right);
    }
    if let Some(name) = PROGRAMS.iter().find(|(name, version)| !answers(name, version)) {
        return Some(Unavailable::Program(name.0));
    }
    let lists = |file: &str, word: &str| {
        fs::read_to_string(file).unwrap_or_default().split_whitespace().any(|listed| listed == word)
    };
    for (file, name) in [("/proc/filesystems", "ext4"), ("/proc/devices", "loop")] {
        // It may be a module that nobody needed so far.
        let loaded = || answers("modprobe", name) && lists(file, name);
        if !lists(file, name) && !loaded() {
            return Some(Unavailable::Kernel);
        }
    }
    (!fs::exists("/dev/loop-control").unwrap_or(false)).then_some(Unavailable::Device)
}

/// What is run, and what it answers to without doing anything.
const PROGRAMS: &[(&str, &str)] =
    &[("mkfs.ext4", "-V"), ("mount", "--version"), ("umount", "--version"), ("python3", "--version")];

/// Whether this process has CAP_SYS_ADMIN, number 21, in the first of all user namespaces. Root in a container may not.
fn may_mount() -> bool {
    let users = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    if !users.split_whitespace().eq(["0", "0", "4294967295"]) {
        return false;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rights = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    rights.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).is_some_and(|set| set & 1 << 21 != 0)
}

fn answers(program: &str, arg: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(arg).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

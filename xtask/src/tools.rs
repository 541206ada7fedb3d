//! The programs the tests need besides cargo: found, installed where that is ours to do, or missed out loud.

use std::process::Command;

use crate::run::{self, Workspace};

/// A program, how to see whether it works, and where it comes from.
#[derive(Debug)]
struct Tool {
    name: &'static str,
    check: (&'static str, &'static [&'static str]),
    from: Source,
    /// Nothing can be checked without it; the tests that want the others skip themselves.
    essential: bool,
    used_by: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A package of Debian and its kin.
    Debian(&'static str),
    /// A component of the toolchain.
    Rustup(&'static str),
    /// The machine itself: nothing can be installed. Its words say what it would take.
    Machine(&'static str),
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "a C compiler (cc)",
        check: ("cc", &["--version"]),
        from: Source::Debian("build-essential"),
        essential: true,
        used_by: "the build of SQLite",
    },
    Tool {
        name: "rustfmt",
        check: ("cargo", &["fmt", "--version"]),
        from: Source::Rustup("rustfmt"),
        essential: true,
        used_by: "the format check",
    },
    Tool {
        name: "clippy",
        check: ("cargo", &["clippy", "--version"]),
        from: Source::Rustup("clippy"),
        essential: true,
        used_by: "the lints",
    },
    Tool {
        name: "curl",
        check: ("curl", &["--version"]),
        from: Source::Debian("curl"),
        essential: false,
        used_by: "the end-to-end test of the HTTP examples",
    },
    Tool {
        name: "python3",
        check: ("python3", &["--version"]),
        from: Source::Debian("python3"),
        essential: false,
        used_by: "the end-to-end test of the HTTP examples",
    },
    Tool {
        name: "node",
        check: ("node", &["--version"]),
        from: Source::Debian("nodejs"),
        essential: false,
        used_by: "the end-to-end test of the HTTP examples",
    },
    Tool {
        name: "pip",
        check: ("python3", &["-m", "pip", "--version"]),
        from: Source::Debian("python3-pip"),
        essential: false,
        used_by: "the installation of Postgres and of S3",
    },
    Tool {
        name: "npm",
        check: ("npm", &["--version"]),
        from: Source::Debian("npm"),
        essential: false,
        used_by: "the installation of R2",
    },
    Tool {
        name: "openssl",
        check: ("openssl", &["version"]),
        from: Source::Debian("openssl"),
        essential: false,
        used_by: "the tests of Redis with TLS",
    },
    Tool {
        name: "redis-server",
        check: ("redis-server", &["--version"]),
        from: Source::Debian("redis-server"),
        essential: false,
        used_by: "the tests with Redis, the judge of semantics",
    },
    Tool {
        name: "postgres",
        check: ("sh", &["-c", "ls /usr/lib/postgresql/*/bin/postgres"]),
        from: Source::Debian("postgresql"),
        essential: false,
        used_by: "the tests of Postgres with TLS",
    },
    Tool {
        name: "pgbouncer",
        check: ("sh", &["-c", "test -x /usr/sbin/pgbouncer"]),
        from: Source::Debian("pgbouncer"),
        essential: false,
        used_by: "the tests of Postgres behind a pooler",
    },
    Tool {
        name: "mkfs.ext4",
        check: ("mkfs.ext4", &["-V"]),
        from: Source::Debian("e2fsprogs"),
        essential: false,
        used_by: POWER_CUTS,
    },
    Tool {
        name: "mount",
        check: ("mount", &["--version"]),
        from: Source::Debian("mount"),
        essential: false,
        used_by: POWER_CUTS,
    },
    Tool {
        name: "the right to mount a file",
        check: ("sh", &["-c", "test -w /dev/loop-control && unshare --mount true"]),
        from: Source::Machine("root on Linux, with loop devices"),
        essential: false,
        used_by: POWER_CUTS,
    },
];

const POWER_CUTS: &str = "the tests that cut the power of a disk";

/// What this machine lets us do about a missing tool.
#[derive(Debug, Clone, Copy)]
struct Machine {
    apt_as_root: bool,
    rustup: bool,
    /// A missing tool is a failure, not a skip.
    strict: bool,
}

impl Machine {
    fn look(workspace: &Workspace) -> Self {
        let uid = Command::new("id").arg("-u").output();
        let root = uid.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        Self {
            apt_as_root: root && run::answers("apt-get", &["--version"]),
            rustup: run::answers("rustup", &["--version"]),
            strict: workspace.is_ci(),
        }
    }

    fn can_install(self, tool: &Tool) -> bool {
        match tool.from {
            Source::Debian(_) => self.apt_as_root,
            Source::Rustup(_) => self.rustup,
            Source::Machine(_) => false,
        }
    }
}

impl Tool {
    fn works(&self) -> bool {
        run::answers(self.check.0, self.check.1)
    }

    fn missing(&self) -> String {
        let how = match self.from {
            Source::Debian(package) => format!("on Debian: apt-get install {package}"),
            Source::Rustup(component) => format!("rustup component add {component}"),
            Source::Machine(what) => format!("it takes {what}"),
        };
        format!("{} is missing, {} needs it ({how})", self.name, self.used_by)
    }
}

/// Sees to it that every tool is there. Gives a line for each that is not and may be done without.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Vec<String>, String> {
    let machine = Machine::look(workspace);
    let mut missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.works()).collect();
    for mut command in installs(&missing, machine) {
        // A failed installation shows as a tool that is still missing.
        if let Err(error) = run::succeed(&mut command) {
            eprintln!("{error}");
        }
    }
    missing.retain(|tool| !tool.works());
    verdict(&missing, machine.strict)
}

/// The commands that install what can be installed, all packages of one source at once.
fn installs(missing: &[&Tool], machine: Machine) -> Vec<Command> {
    let (mut packages, mut components) = (Vec::new(), Vec::new());
    for tool in missing.iter().filter(|tool| machine.can_install(tool)) {
        match tool.from {
            Source::Debian(package) => packages.push(package),
            Source::Rustup(component) => components.push(component),
            Source::Machine(_) => {}
        }
    }
    let mut commands = Vec::new();
    if !packages.is_empty() {
        let mut update = Command::new("apt-get");
        update.arg("update");
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        // Runlevel 1 keeps Debian from starting the services it installs: the tests start their own.
        install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
        commands.extend([update, install]);
    }
    if !components.is_empty() {
        let mut add = Command::new("rustup");
        add.args(["component", "add"]).args(components);
        commands.push(add);
    }
    commands
}

fn verdict(missing: &[&Tool], strict: bool) -> Result<Vec<String>, String> {
    let is_fatal = |tool: &Tool| tool.essential || strict && !matches!(tool.from, Source::Machine(_));
    let (fatal, skipped): (Vec<&Tool>, Vec<&Tool>) = missing.iter().partition(|tool| is_fatal(tool));
    if fatal.is_empty() {
        return Ok(skipped.iter().map(|tool| format!("SKIPPED: {}", tool.missing())).collect());
    }
    Err(fatal.iter().map(|tool| tool.missing()).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: Machine = Machine { apt_as_root: false, rustup: false, strict: false };

    fn tool(name: &str) -> &'static Tool {
        TOOLS.iter().find(|tool| tool.name == name).unwrap()
    }

    fn lines(commands: &[Command]) -> Vec<String> {
        let words = |command: &Command| {
            let words = std::iter::once(command.get_program()).chain(command.get_args());
            words.map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
        };
        commands.iter().map(words).collect()
    }

    #[test]
    fn nothing_missing_installs_nothing() {
        assert!(installs(&[], Machine { apt_as_root: true, rustup: true, strict: true }).is_empty());
        assert_eq!(verdict(&[], true), Ok(Vec::new()));
    }

    #[test]
    fn each_source_installs_only_where_it_may() {
        let missing = [tool("node"), tool("clippy"), tool("redis-server")];
        assert!(installs(&missing, BARE).is_empty());
        assert_eq!(
            lines(&installs(&missing, Machine { apt_as_root: true, ..BARE })),
            ["apt-get update", "apt-get install --yes --no-install-recommends nodejs redis-server"],
        );
        assert_eq!(
            lines(&installs(&missing, Machine { rustup: true, ..BARE })),
            ["rustup component add clippy"],
        );
    }

    #[test]
    fn on_a_laptop_a_missing_tool_is_a_named_skip() {
        let notes = verdict(&[tool("redis-server")], false);
        let expected = "SKIPPED: redis-server is missing, the tests with Redis, the judge of semantics \
                        needs it (on Debian: apt-get install redis-server)";
        assert_eq!(notes, Ok(vec![expected.to_owned()]));
    }

    #[test]
    fn in_ci_every_missing_tool_is_a_failure_that_names_all() {
        let error = verdict(&[tool("curl"), tool("node")], true).unwrap_err();
        assert!(
            error.contains("apt-get install curl") && error.contains("apt-get install nodejs"),
            "{error}"
        );
    }

    #[test]
    fn what_the_machine_cannot_do_is_a_named_skip_everywhere() {
        let may_mount = tool("the right to mount a file");
        for strict in [false, true] {
            let notes = verdict(&[may_mount], strict).unwrap();
            assert!(notes[0].starts_with("SKIPPED: ") && notes[0].contains("root on Linux"), "{notes:?}");
        }
        assert!(installs(&[may_mount], Machine { apt_as_root: true, rustup: true, strict: true }).is_empty());
    }

    #[test]
    fn without_a_compiler_nothing_can_be_skipped() {
        let error = verdict(&[tool("a C compiler (cc)"), tool("curl")], false).unwrap_err();
        assert!(error.contains("build-essential") && !error.contains("curl"), "{error}");
    }
}

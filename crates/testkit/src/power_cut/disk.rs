use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Says that it is ready, waits for a line, and sends `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`. In
/// Python, because an ioctl that no safe library knows takes `unsafe` in Rust.
const SWITCH: &str = "\
import fcntl, os, struct, sys
print('ready', flush=True)
if sys.stdin.readline():
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
    print('cut', flush=True)";

/// Without its guess that a file which replaces another should have been synced: that would hide who forgot it.
const OPTIONS: &str = "loop,noauto_da_alloc";

/// Waits until its standard input ends, which it also does when this process is killed, and then takes everything
/// away. A file system that is still in use is taken out of sight, and goes with its last user.
const CLEAN_UP: &str = "\
trap '' INT TERM HUP
read -r _
umount \"$1\" || umount -l \"$1\"
rmdir \"$1\" && rm -f \"$2\"";

/// A file system whose power can be cut. Dropping it takes it away, and so does the end of this process, whatever
/// ends it.
#[derive(Debug)]
pub struct Disk {
    mount: PathBuf,
    image: PathBuf,
    cleaner: Child,
    switch: Option<Switch>,
}

/// A process that waits to cut the power: starting it takes longer than a moment may.
#[derive(Debug)]
struct Switch {
    child: Child,
    says: BufReader<ChildStdout>,
}

impl Disk {
    /// Makes a file system of so many bytes, in a file in the folder; the file has only as many as are written.
    ///
    /// # Errors
    /// What went wrong, in the words of the program that failed.
    pub fn create(folder: &Path, bytes: u64) -> io::Result<Disk> {
        let (mount, image) = (folder.join("disk"), folder.join("disk.ext4"));
        fs::create_dir(&mount)?;
        File::create_new(&image)?.set_len(bytes)?;
        // From here on nothing is left behind.
        let mut cleaner = Command::new("sh");
        cleaner.args(["-c", CLEAN_UP, "sh"]).args([&mount, &image]);
        cleaner.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends a whole group of processes does not end this one.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut cleaner, 0);
        let mut disk = Disk { mount, image, cleaner: cleaner.spawn()?, switch: None };
        run(
            "mkfs.ext4",
            ["-q", "-F", "-m", "0"].map(OsStr::new).into_iter().chain([disk.image.as_os_str()]),
        )?;
        disk.mount()?;
        Ok(disk)
    }

    /// Its topmost folder.
    pub fn path(&self) -> &Path {
        &self.mount
    }

    /// Cuts the power, within a millisecond. Every access fails from now on, until [`restore`](Disk::restore).
    ///
    /// # Errors
    /// The system refuses it, or the power is cut already.
    pub fn cut(&mut self) -> io::Result<()> {
        let mut switch = self.switch.take().ok_or_else(|| io::Error::other("the power is cut already"))?;
        switch.child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(b"\n"))?;
        switch.hear("cut")
    }

    /// Starts again with what there is. Nothing may have a file open, or work in a folder, of before.
    ///
    /// # Errors
    /// The file system is still in use, or it cannot be mounted.
    pub fn restore(&mut self) -> io::Result<()> {
        run("umount", [&self.mount])?;
        self.mount()
    }

    fn mount(&mut self) -> io::Result<()> {
        let options = ["-o", OPTIONS].map(OsStr::new);
        run("mount", options.into_iter().chain([self.image.as_os_str(), self.mount.as_os_str()]))?;
        let mut switch = Command::new("python3");
        switch.args(["-c", SWITCH]).arg(&self.mount).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = switch.spawn()?;
        let says = child.stdout.take().ok_or_else(|| io::Error::other("there is no pipe"))?;
        let switch = self.switch.insert(Switch { child, says: BufReader::new(says) });
        switch.hear("ready")
    }
}

impl Switch {
    fn hear(&mut self, word: &str) -> io::Result<()> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        match line.trim_end() == word {
            true => Ok(()),
            false => Err(io::Error::other("the power cannot be cut: see what python3 said")),
        }
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.switch.take());
        drop(self.cleaner.stdin.take());
        // Nobody is left to be told if it fails.
        let _ = self.cleaner.wait();
    }
}

/// Runs a program to its end; what it says against it is the error.
fn run(program: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> io::Result<()> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{program}: {}, {}", output.status, said.trim_end())))
}

//! The disk whose power is cut: what was synced stays, what was not goes, and nothing is left behind.
#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use credenza_testkit::power_cut::{Disk, unavailable};

/// Whether this machine can do it. Where it should, that it cannot is a failure.
fn possible() -> bool {
    let Some(why) = unavailable() else { return true };
    assert!(std::env::var("CI").as_deref() != Ok("true") || !why.is_ours_to_fix(), "{why}");
    eprintln!("\nSKIPPED: the power was NOT cut: {why}\n");
    false
}

fn write(path: &Path, text: &str, sync: bool) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    if sync {
        file.sync_all().unwrap();
    }
}

fn mounts() -> String {
    fs::read_to_string("/proc/self/mounts").unwrap_or_default()
}

#[test]
fn what_was_synced_stays_and_what_was_not_goes() {
    if !possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::create(folder.path(), 64 << 20).unwrap();
    let path = |name: &str| folder.path().join("disk").join(name);
    for round in 0..3 {
        write(&path("before"), "not synced", false);
        write(&path(&format!("synced {round}")), "synced", true);
        write(&path("after"), "not synced", false);
        disk.cut().unwrap();
        assert!(File::create(path("too late")).is_err(), "there is no power");
        disk.restore().unwrap();
        for earlier in 0..=round {
            assert_eq!(fs::read_to_string(path(&format!("synced {earlier}"))).unwrap(), "synced");
        }
        // The sync of the second made the name of the first permanent, but not its content.
        assert_ne!(fs::read_to_string(path("before")).unwrap_or_default(), "not synced");
        assert!(!path("after").exists() && !path("too late").exists());
    }
    assert!(mounts().contains(path("").to_str().unwrap().trim_end_matches('/')));
    drop(disk);
    assert!(!mounts().contains(folder.path().to_str().unwrap()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_disk_in_use_is_taken_away_all_the_same() {
    if !possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut disk = Disk::create(folder.path(), 16 << 20).unwrap();
    let open = File::create(disk.path().join("open")).unwrap();
    disk.cut().unwrap();
    let error = disk.restore().unwrap_err();
    assert!(error.to_string().contains("umount"), "{error}");
    drop(disk);
    assert!(!mounts().contains(folder.path().to_str().unwrap()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    drop(open);
}

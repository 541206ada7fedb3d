//! The blob store in a bucket, through `Blob`, beside OpenDAL by hand, on the same server.
//!
//! The servers are those of the tests, and slower than the network they stand for: what is compared is what each of the two
//! adds to the same requests.

mod rounds;
mod stores;

use credenza_testkit::servers::{S3, S3Dialect};

fn main() {
    let runtime = benches::runtime();
    for (name, dialect) in [("R2", S3Dialect::R2), ("moto", S3Dialect::Moto)] {
        let Some(server) = S3::start(dialect) else { continue };
        let (ours, theirs) = (stores::credenza(&server), stores::opendal(&server));
        for kind in stores::KINDS {
            rounds::puts(&runtime, name, kind, &ours, &theirs);
            rounds::gets(&runtime, name, kind, &ours, &theirs);
        }
        rounds::streams(&runtime, name, &ours, &theirs);
    }
}

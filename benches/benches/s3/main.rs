//! The blob store in a bucket, through `Blob`, beside OpenDAL by hand, on the same server.
//!
//! The servers are those of the tests, and slower than the network they stand for: what is compared is what each of the two
//! adds to the same requests.

mod rounds;
mod stores;

use credenza_testkit::servers::{S3, S3Dialect};

fn main() {
    let runtime = benches::runtime();
    for (name, dialect) in [("moto", S3Dialect::Moto), ("R2", S3Dialect::R2)] {
        let Some(server) = S3::start(dialect) else { continue };
        let (ours, theirs) = (stores::credenza(&server), stores::opendal(&server));
        // The emulator of R2 breaks the connection when so much comes in one piece.
        let most = if dialect == S3Dialect::R2 { 1 << 20 } else { usize::MAX };
        for kind in stores::KINDS.into_iter().filter(|kind| kind.size <= most) {
            rounds::puts(&runtime, name, kind, &ours, &theirs);
            rounds::gets(&runtime, name, kind, &ours, &theirs);
        }
        rounds::streams(&runtime, name, &ours, &theirs);
    }
}

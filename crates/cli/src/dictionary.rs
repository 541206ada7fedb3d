//! `credenza dictionary`: learns from samples what small values have in common.

use std::fs;
use std::io::Write;
use std::path::Path;

use credenza_compressed::Dictionary;

use crate::Exit;
use crate::args::DictionaryArgs;

/// More samples are not read: the trainer makes no use of them.
const MOST: u64 = 256 << 20;

pub(crate) fn run(args: DictionaryArgs) -> Result<(), Exit> {
    let mut samples: Vec<Vec<u8>> = Vec::new();
    let mut total = 0;
    for path in &args.samples {
        let failed = |error: std::io::Error| Exit::new(2, format!("{}: {error}", path.display()));
        total += fs::metadata(path).map_err(failed)?.len();
        if total > MOST {
            return Err(Exit::new(2, "the samples have more than 256 MiB: give a part of them"));
        }
        let bytes = fs::read(path).map_err(failed)?;
        if args.lines {
            samples.extend(
                bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec),
            );
        } else {
            samples.push(bytes);
        }
    }
    let dictionary = Dictionary::train(&samples, args.size as usize)
        .map_err(|error| Exit::new(2, format!("{}; there are {} samples", error.message(), samples.len())))?;
    write(&args.out, dictionary.as_bytes())
        .map_err(|error| Exit::new(2, format!("{}: {error}", args.out.display())))?;
    let (id, bytes) = (dictionary.id(), dictionary.as_bytes().len());
    println!("dictionary {id}: {bytes} bytes, from {} samples", samples.len());
    Ok(())
}

/// Values that were written with a dictionary need it for ever, so none is overwritten.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

//! The blob store in a folder, through `Blob`, beside `object_store`'s and beside files written and read by hand.

mod bare;
mod gets;
mod memory;
mod puts;
mod stores;

fn main() {
    let runtime = benches::runtime();
    // First, while the process is small.
    memory::run(&runtime);
    gets::run(&runtime);
    puts::run(&runtime);
}

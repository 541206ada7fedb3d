//! Bytes from one end to the other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, PoisonError};
use std::thread;

use super::{Link, Shared, Weather};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

/// Starts a thread for each direction; they end with the connection.
pub(super) fn start(shared: &Arc<Shared>, link: Link) {
    let Link { id, client, server } = link;
    let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else {
        return shared.forget(id);
    };
    for (direction, from, to) in
        [(Direction::ToServer, client, server), (Direction::ToClient, server_too, client_too)]
    {
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            carry(&shared, id, direction, from, to);
            shared.forget(id);
        });
    }
}

fn carry(shared: &Shared, id: u64, direction: Direction, mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 << 10];
    loop {
        let Ok(read) = from.read(&mut buffer) else { return };
        // The end travels like the rest: a wire that stalls holds it back.
        let Some(weather) = settle(shared, id) else { return };
        if read == 0 {
            return;
        }
        if weather == Weather::Mute && direction == Direction::ToClient {
            continue;
        }
        let sent = buffer.get(..read).map(|bytes| to.write_all(bytes));
        if !matches!(sent, Some(Ok(()))) {
            return;
        }
    }
}

/// Waits until something gets through; `None` if the connection is to be dropped.
fn settle(shared: &Shared, id: u64) -> Option<Weather> {
    let state = shared.state();
    let stalled = |state: &mut super::State| {
        state.weather == Weather::Stalled && state.open.iter().any(|link| link.id == id)
    };
    let state = shared.changed.wait_while(state, stalled).unwrap_or_else(PoisonError::into_inner);
    state.open.iter().any(|link| link.id == id).then_some(state.weather)
}

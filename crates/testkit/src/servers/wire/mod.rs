//! A wire between a client and a server that can be cut.

mod pump;

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::patience::until;
use super::ports;

/// How often the listener looks whether it is still wanted.
const PAUSE: Duration = Duration::from_millis(2);

/// How long a port may be taken by somebody else after it was given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a server that hangs may take to accept.
const CONNECT: Duration = Duration::from_secs(5);

/// A TCP proxy in between, whose wire is cut, stalled, and healed by the test.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// # use credenza_testkit::servers::Wire;
///
/// # fn main() -> std::io::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let wire = Wire::to(server.local_addr()?);
/// let mut client = TcpStream::connect(wire.address())?;
/// let (mut accepted, _) = server.accept()?;
///
/// wire.lose_replies();
/// client.write_all(b"?")?;
/// let mut request = [0];
/// accepted.read_exact(&mut request)?; // the request arrives
/// accepted.write_all(b"!")?; // and the answer never does
///
/// wire.cut();
/// assert!(TcpStream::connect(wire.address()).is_err());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Mutex<Option<JoinHandle<()>>>,
}

/// What the wire does with what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Connections are dropped, and none is accepted.
    Cut,
    /// Connections are accepted, and nothing gets through.
    Stalled,
    /// Requests get through; answers are thrown away.
    Mute,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    weather: Weather,
    open: Vec<Link>,
    next: u64,
}

/// A connection from a client and the one to the server.
#[derive(Debug)]
struct Link {
    id: u64,
    client: TcpStream,
    server: TcpStream,
}

impl Link {
    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl Wire {
    /// A wire to a server, which need not be there yet.
    ///
    /// # Panics
    /// The address means nothing, or there is no port to listen on.
    #[track_caller]
    pub fn to(server: impl ToSocketAddrs) -> Wire {
        let server = server.to_socket_addrs().ok().and_then(|mut found| found.next());
        let server = server.expect("a wire leads to an address");
        let state = State { weather: Weather::Fair, open: Vec::new(), next: 0 };
        let shared = Arc::new(Shared { server, state: Mutex::new(state), changed: Condvar::new() });
        let listener = TcpListener::bind(("127.0.0.1", ports::free())).expect("a port to listen on");
        let address = listener.local_addr().expect("a listener has an address");
        let wire = Wire { address, shared, listener: Mutex::new(None) };
        wire.listen(listener);
        wire
    }

    /// Where the client connects to: the same as long as the wire lives.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops all connections, and refuses new ones.
    pub fn cut(&self) {
        self.set(Weather::Cut);
        self.shared.drop_all();
        if let Some(listener) = self.listener().take() {
            let _ = listener.join();
        }
        // One that was being accepted.
        self.shared.drop_all();
    }

    /// Drops all connections once; new ones are served.
    pub fn drop_connections(&self) {
        self.shared.drop_all();
    }

    /// Forwards nothing more, in neither direction. Connections stay open, and new ones are accepted. What was given to
    /// the wire gets through when it heals.
    pub fn stall(&self) {
        self.set(Weather::Stalled);
    }

    /// Forwards what the client sends, and throws away what the server answers, for good.
    pub fn lose_replies(&self) {
        self.set(Weather::Mute);
    }

    /// Forwards everything again.
    ///
    /// # Panics
    /// Another program took the port while the wire was cut.
    #[track_caller]
    pub fn heal(&self) {
        self.set(Weather::Fair);
        if self.listener().is_some() {
            return;
        }
        let mut bound = None;
        until(PATIENCE, || {
            bound = TcpListener::bind(self.address).ok();
            bound.is_some()
        });
        self.listen(bound.expect("the port of the wire is still free"));
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.shared.state().open.len()
    }

    fn set(&self, weather: Weather) {
        self.shared.state().weather = weather;
        self.shared.changed.notify_all();
    }

    fn listener(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        let _ = listener.set_nonblocking(true);
        let accept = move || {
            while shared.state().weather != Weather::Cut {
                match listener.accept() {
                    Ok((client, _)) => shared.connect(client),
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        };
        *self.listener() = Some(thread::spawn(accept));
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects a client to the server; a client whose server is not there is dropped.
    fn connect(self: &Arc<Self>, client: TcpStream) {
        let link = |client: TcpStream| -> io::Result<(Link, Link)> {
            client.set_nonblocking(false)?;
            let server = TcpStream::connect_timeout(&self.server, CONNECT)?;
            client.set_nodelay(true)?;
            server.set_nodelay(true)?;
            let id = self.state().next;
            let twin = Link { id, client: client.try_clone()?, server: server.try_clone()? };
            Ok((Link { id, client, server }, twin))
        };
        let Ok((link, twin)) = link(client) else { return };
        let mut state = self.state();
        if state.weather == Weather::Cut {
            return;
        }
        state.next += 1;
        state.open.push(twin);
        drop(state);
        pump::start(self, link);
    }

    fn drop_all(&self) {
        self.state().open.drain(..).for_each(|link| link.close());
        self.changed.notify_all();
    }

    fn forget(&self, id: u64) {
        let mut state = self.state();
        state.open.retain(|link| {
            if link.id == id {
                link.close();
            }
            link.id != id
        });
        drop(state);
        self.changed.notify_all();
    }
}

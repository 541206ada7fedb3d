//! What goes over the wire, and what it tells: OpenDAL hands its requests on to here.
//!
//! Each request has a [`Call`] of its own, which sees what OpenDAL does not say: whether the request left, what was
//! answered, and how it failed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_core::Stream;
use http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use opendal::raw::ServiceOperation;
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport, Result};
use parking_lot::Mutex;
use tokio::time::{Instant, Sleep};

use super::page::{Page, code};

/// Errors are read up to here.
const ERROR_MAX: usize = 64 << 10;
/// Pages are read up to here; a thousand names in XML are less.
const PAGE_MAX: usize = 16 << 20;
/// A body is sent in pieces of so many bytes, so that it is seen to move.
const PIECE: usize = 256 << 10;
/// What OpenDAL reads in the place of a page.
const NO_PAGE: &[u8] = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

/// A request, from both ends.
#[derive(Debug)]
pub(super) struct Call {
    /// How many requests left that change what others see and were not refused, of all of a verb.
    sent: Arc<AtomicUsize>,
    /// A header that OpenDAL does not know.
    language: Option<HeaderValue>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    answer: Option<Answer>,
    trouble: Option<Trouble>,
    page: Option<Page>,
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// What S3 says that is wrong.
    pub(super) code: Option<String>,
}

/// Why there was no answer, or no end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There was no connection, so nothing was sent.
    Unreachable,
    /// The connection stood still for too long.
    Stalled,
    /// The connection broke.
    Broken,
    /// The answer is larger than it can be.
    TooLarge,
}

impl Call {
    pub(super) fn new(sent: Arc<AtomicUsize>, language: Option<HeaderValue>) -> Call {
        Call { sent, language, seen: Mutex::default() }
    }

    /// Whether what others see may have been changed.
    pub(super) fn was_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed) > 0
    }

    /// The head of the last answer.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.seen.lock().answer.clone()
    }

    /// Why there was none.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.seen.lock().trouble
    }

    pub(super) fn take_page(&self) -> Option<Page> {
        self.seen.lock().page.take()
    }

    fn fails(&self, trouble: Trouble) -> Error {
        self.seen.lock().trouble = Some(trouble);
        Error::new(ErrorKind::Unexpected, "no answer")
    }
}

/// The connections, for one request.
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) idle: Duration,
    pub(super) call: Arc<Call>,
}

impl HttpTransport for Wire {
    async fn fetch(&self, request: Request<Buffer>) -> Result<Response<HttpBody>> {
        let operation = request.extensions().get::<ServiceOperation>().map(|operation| operation.0);
        *self.call.seen.lock() = Seen::default();
        let commits = matches!(
            operation,
            Some("PutObject" | "CompleteMultipartUpload" | "CopyObject" | "DeleteObject" | "DeleteObjects")
        );
        let (parts, body) = request.into_parts();
        let is_head = parts.method == Method::HEAD;
        let url = reqwest::Url::parse(&strict(&parts.uri.to_string()))
            .map_err(|_| Error::new(ErrorKind::ConfigInvalid, "the address is no URL"))?;
        let moved = Arc::new(AtomicU64::new(0));
        let reads = matches!(operation, Some("GetObject" | "HeadObject" | "ListObjectsV2"));
        let commits = usize::from(commits);
        let mut again = reads;
        let response = loop {
            let mut outgoing =
                self.http.request(parts.method.clone(), url.clone()).headers(parts.headers.clone());
            if let (Some("PutObject" | "CreateMultipartUpload"), Some(language)) =
                (operation, &self.call.language)
            {
                outgoing = outgoing.header(CONTENT_LANGUAGE, language);
            }
            if !body.is_empty() {
                let body = Outgoing { left: body.clone(), moved: Arc::clone(&moved) };
                outgoing = outgoing.body(reqwest::Body::wrap(body));
            }
            self.call.sent.fetch_add(commits, Ordering::Relaxed);
            match while_moving(self.idle, &moved, outgoing.send()).await {
                Some(Ok(response)) => break response,
                Some(Err(error)) if error.is_connect() || error.is_builder() => {
                    self.call.sent.fetch_sub(commits, Ordering::Relaxed);
                    return Err(self.call.fails(Trouble::Unreachable));
                }
                // A connection that was kept may have been ended by the service just then.
                Some(Err(_)) if again => again = false,
                Some(Err(_)) => return Err(self.call.fails(Trouble::Broken)),
                None => return Err(self.call.fails(Trouble::Stalled)),
            }
        };
        let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        if parts.status.is_redirection() || is_refusal(parts.status) {
            self.call.sent.fetch_sub(commits, Ordering::Relaxed);
        }
        let mut answer = Answer { status: parts.status, headers: parts.headers.clone(), code: None };
        let mut incoming = Incoming::new(body, self.idle, Arc::clone(&self.call));
        let body = if is_head {
            whole(Bytes::new())
        } else if !parts.status.is_success() {
            let error = incoming.read(ERROR_MAX).await?;
            answer.code = code(&String::from_utf8_lossy(&error)).map(str::to_owned);
            whole(error)
        } else if operation == Some("ListObjectsV2") {
            let page = incoming.read(PAGE_MAX).await?;
            self.call.seen.lock().page = std::str::from_utf8(&page).ok().and_then(Page::read);
            whole(Bytes::from_static(NO_PAGE))
        } else {
            let length = parts.headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
            HttpBody::new(incoming, length)
        };
        self.call.seen.lock().answer = Some(answer);
        Ok(Response::from_parts(parts, body))
    }
}

/// An address as it is signed. OpenDAL leaves some letters of a path as they are that its signature has encoded, and services
/// that do not encode them again find it wrong.
pub(super) fn strict(uri: &str) -> String {
    let (path, query) = uri.split_at(uri.find('?').unwrap_or(uri.len()));
    let mut strict = String::with_capacity(uri.len());
    for letter in path.chars() {
        match letter {
            '!' => strict.push_str("%21"),
            '\'' => strict.push_str("%27"),
            '(' => strict.push_str("%28"),
            ')' => strict.push_str("%29"),
            '*' => strict.push_str("%2A"),
            letter => strict.push(letter),
        }
    }
    strict + query
}

/// Whether the service did nothing, for certain. What it says of its own failures, or when it gave up, leaves that open.
fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status.as_u16(), 408 | 499)
}

/// Waits for work while something moves; `None` if nothing did for too long.
async fn while_moving<T>(idle: Duration, moved: &AtomicU64, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let before = moved.load(Ordering::Relaxed);
        match tokio::time::timeout(idle, work.as_mut()).await {
            Ok(done) => return Some(done),
            Err(_) if moved.load(Ordering::Relaxed) != before => {}
            Err(_) => return None,
        }
    }
}

fn whole(bytes: Bytes) -> HttpBody {
    let length = bytes.len() as u64;
    let pieces = (!bytes.is_empty()).then(|| Ok(Buffer::from(bytes)));
    HttpBody::new(futures_util::stream::iter(pieces), Some(length))
}

/// A body on its way out.
struct Outgoing {
    left: Buffer,
    moved: Arc<AtomicU64>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        self.moved.fetch_add(1, Ordering::Relaxed);
        let length = self.left.chunk().len().min(PIECE);
        let piece = self.left.copy_to_bytes(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

/// A body on its way in.
struct Incoming {
    body: reqwest::Body,
    idle: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether the timer runs: not while the reader takes its time.
    waiting: bool,
    call: Arc<Call>,
}

impl Incoming {
    fn new(body: reqwest::Body, idle: Duration, call: Arc<Call>) -> Incoming {
        Incoming { body, idle, timer: Box::pin(tokio::time::sleep(idle)), waiting: false, call }
    }

    /// All of it, up to a limit.
    async fn read(&mut self, limit: usize) -> Result<Bytes> {
        let mut all = BytesMut::new();
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await {
            let piece = piece?;
            if all.len() + piece.len() > limit {
                return Err(self.call.fails(Trouble::TooLarge));
            }
            all.extend_from_slice(&piece.to_bytes());
        }
        Ok(all.freeze())
    }
}

impl Stream for Incoming {
    type Item = Result<Buffer>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Buffer>>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(frame) => {
                    self.waiting = false;
                    match frame {
                        None => return Poll::Ready(None),
                        Some(Err(_)) => return Poll::Ready(Some(Err(self.call.fails(Trouble::Broken)))),
                        Some(Ok(frame)) => match frame.into_data() {
                            Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(Buffer::from(data)))),
                            _ => {}
                        },
                    }
                }
                Poll::Pending => {
                    if !self.waiting {
                        let end = Instant::now() + self.idle;
                        self.timer.as_mut().reset(end);
                        self.waiting = true;
                    }
                    ready!(self.timer.as_mut().poll(cx));
                    return Poll::Ready(Some(Err(self.call.fails(Trouble::Stalled))));
                }
            }
        }
    }
}

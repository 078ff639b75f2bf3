//! A request's body whose beginning has come.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// Bytes that are kept while no instance is at work on the request. Nearly every message is smaller, and a thousand connections
/// hold no more than 64 MiB.
const BEGINNING: usize = 64 * 1024;

/// What was read of a body, and the rest of it.
pub(super) struct Begun<B> {
    front: Bytes,
    trailers: Option<HeaderMap>,
    /// `None` when all of it was read.
    rest: Option<Pin<Box<B>>>,
}

impl<B: Body<Data = Bytes>> Begun<B> {
    /// Reads until the end or [`BEGINNING`], whichever comes first.
    ///
    /// # Errors
    /// The body breaks off before.
    pub(super) async fn read(body: B) -> Result<Self, B::Error> {
        let mut body = Box::pin(body);
        // Copied, because many small frames would each keep a whole buffer of the connection.
        let (mut front, mut trailers) = (BytesMut::new(), None);
        while front.len() < BEGINNING {
            let frame = if body.is_end_stream() { None } else { body.frame().await };
            match frame.transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => front.extend_from_slice(&data),
                // Trailers are the end.
                Some(Err(frame)) => {
                    trailers = frame.into_trailers().ok();
                    return Ok(Self { front: front.freeze(), trailers, rest: None });
                }
                None => return Ok(Self { front: front.freeze(), trailers, rest: None }),
            }
        }
        Ok(Self { front: front.freeze(), trailers, rest: Some(body) })
    }
}

impl<B: Body<Data = Bytes>> Body for Begun<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if !self.front.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(mem::take(&mut self.front)))));
        }
        match &mut self.rest {
            Some(rest) => rest.as_mut().poll_frame(cx),
            None => Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.front.is_empty() && self.trailers.is_none() && self.rest.as_ref().is_none_or(|rest| rest.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), |rest| rest.size_hint());
        let front = self.front.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(front));
        }
        hint.set_lower(hint.lower().saturating_add(front));
        hint
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use http::HeaderValue;

    use super::*;

    /// These frames, as they are polled for.
    struct Frames(VecDeque<Frame<Bytes>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(Ok))
        }
    }

    #[tokio::test]
    async fn nothing_is_lost_and_no_more_is_read_than_the_beginning() {
        for (count, size, left) in [(0, 0, 0), (3, 1, 0), (1, BEGINNING, 1), (10, BEGINNING / 4, 7), (2, 3 * BEGINNING, 2)] {
            let mut frames: VecDeque<_> = (0..count).map(|n| Frame::data(Bytes::from(vec![n; size]))).collect();
            let whole: Vec<u8> = frames.iter().flat_map(|frame| frame.data_ref().unwrap().to_vec()).collect();
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", HeaderValue::from_static("1"));
            frames.push_back(Frame::trailers(trailers.clone()));
            let begun = Begun::read(Frames(frames)).await.unwrap();
            assert_eq!(begun.rest.as_ref().map_or(0, |rest| rest.0.len()), left, "{count} of {size}");
            let all = begun.collect().await.unwrap();
            assert_eq!(all.trailers(), Some(&trailers));
            assert!(all.to_bytes() == whole, "{count} of {size}");
        }
    }

    #[tokio::test]
    async fn its_length_stays_known() {
        let body = http_body_util::Full::new(Bytes::from(vec![0; 10]));
        let begun = Begun::read(body).await.unwrap();
        assert_eq!((begun.size_hint().exact(), begun.is_end_stream()), (Some(10), false));
        assert!(Begun::read(http_body_util::Empty::new()).await.unwrap().is_end_stream());
    }
}

//! Loans of the browser to the reading of logs: its decoders of text and its Unicode tables, so that none are downloaded.

use js_sys::{JsString, Uint8Array};
use send_wrapper::SendWrapper;
use web_sys::{TextDecodeOptions, TextDecoder};

use crate::log::host::{Decode, Host, lend};

/// Lends what every browser has. Called once, before a log is read.
pub fn to_the_log() {
    lend(Host {
        decoder,
        normalise: Some(composed),
    });
}

fn decoder(name: &str) -> Option<Box<dyn Decode>> {
    let decoder = TextDecoder::new_with_label(name).ok()?;
    Some(Box::new(Lent(SendWrapper::new(decoder))))
}

fn composed(text: &str) -> String {
    JsString::from(text).normalize("NFC").into()
}

/// A decoder of the browser's.
struct Lent(SendWrapper<TextDecoder>);

impl Decode for Lent {
    fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let options = TextDecodeOptions::new();
        options.set_stream(!last);
        // A decoder that was not asked to fail does not; a browser without memory for the text ends the worker as any other call would.
        if let Ok(text) = self.0.decode_with_js_u8_array_and_options(&Uint8Array::from(bytes), &options) {
            out.extend_from_slice(text.as_bytes());
        }
    }
}

//! Services of a host: in a browser the decoders and the Unicode tables that every browser has, so that they need no download.

/// A decoder of one stream of bytes.
pub trait Decode: Send {
    /// Adds the UTF-8 of the next bytes to `out`; `last` says that none follow.
    fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>);
}

/// Services of a host.
pub struct Host {
    /// A decoder for an encoding by its name; `None` for a name that the host does not know.
    pub decoder: fn(&str) -> Option<Box<dyn Decode>>,
    /// The composed form (NFC) of a text.
    pub normalise: Option<fn(&str) -> String>,
}

#[cfg(target_arch = "wasm32")]
static HOST: std::sync::OnceLock<Host> = std::sync::OnceLock::new();

/// Lends what the host has; the first call counts.
#[cfg(target_arch = "wasm32")]
pub fn lend(host: Host) {
    // A second host would lend the same.
    let _ = HOST.set(host);
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn get() -> Option<&'static Host> {
    HOST.get()
}

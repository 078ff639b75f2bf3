//! How we prove to be our client at somebody else's authorization server.

use super::{Reader, Variable};
use crate::{jose::SigningKey, secret::Secret};

/// How we authenticate at another authorization server (RFC 6749 §2.3, RFC 7523 §2.2).
#[derive(Debug, Clone)]
pub enum ClientAuth {
    /// A public client.
    None,
    /// `client_secret_basic` or `client_secret_post`, as the server wants it.
    Secret(Secret),
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt` (RFC 7523) with this P-256 key.
    Key(Box<SigningKey>),
}

/// The variables that say so.
#[derive(Clone, Copy)]
pub(super) struct ClientVariables {
    pub(super) secret: &'static Variable,
    /// Instead of a secret.
    pub(super) key: &'static Variable,
    /// `basic` or `post`.
    pub(super) method: &'static Variable,
}

impl ClientVariables {
    /// Reads them. Where none is set the client is public; the caller knows whether that will do.
    pub(super) fn read(self, reader: &mut Reader<'_>) -> ClientAuth {
        let secret = reader.secret(self.secret);
        let key = reader.secret(self.key);
        let method = reader.text(self.method);
        match (secret, key, method.as_deref()) {
            (Some(_), Some(_), _) => {
                let problem = format!("is set together with {}", self.secret.name);
                reader.mistake_in(self.key, None, &problem, "remove one of the two");
                ClientAuth::None
            }
            (Some(secret), None, None) => ClientAuth::Secret(secret),
            (Some(secret), None, Some("basic")) => ClientAuth::Basic(secret),
            (Some(secret), None, Some("post")) => ClientAuth::Post(secret),
            (_, _, Some(other)) => {
                let fix = format!("use `basic` or `post`, together with {}", self.secret.name);
                reader.mistake_in(self.method, Some(other), "does not fit", &fix);
                ClientAuth::None
            }
            (None, Some(key), None) => {
                let parsed = crate::json::object(key.expose().as_bytes()).ok();
                let Some(parsed) = parsed.as_ref().and_then(SigningKey::from_jwk) else {
                    let fix = "set it to a private JWK with \"kty\":\"EC\", \"crv\":\"P-256\" and \"d\"";
                    reader.mistake_in(self.key, None, "is not a private P-256 key", fix);
                    return ClientAuth::None;
                };
                ClientAuth::Key(Box::new(parsed))
            }
            (None, None, None) => ClientAuth::None,
        }
    }
}

//! Access tokens: HS256 with `sub`, the tenant id, and `exp` (RFC 7519).
//!
//! Time is a parameter, so that tokens expire in simulated time as well.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::protocol::TenantId;

use super::EpochMillis;
use super::concierge::CONCIERGE_ID;

/// The secret of a server on loopback that was given none. It is public: no secret at all.
pub const DEVELOPMENT_SECRET: &str = "deskbell-development-secret-for-loopback-only";

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token, was signed with another secret, or claims no tenant.
    #[error("the access token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since the Unix epoch.
    exp: u64,
    /// None of a tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

/// The `role` of a concierge's token.
const DESK: &str = "desk";

/// Makes a token of a tenant that expires `ttl` after `now`, rounded up to the second.
pub fn mint(
    secret: &SecretString,
    tenant: TenantId,
    ttl: Duration,
    now: EpochMillis,
) -> SecretString {
    sign(secret, tenant.to_string(), None, now.after(ttl))
}

/// Makes a token of the concierge, for the back office (`/desk`); else as [`mint`].
pub fn mint_desk(secret: &SecretString, ttl: Duration, now: EpochMillis) -> SecretString {
    sign(secret, CONCIERGE_ID.to_string(), Some(DESK.to_owned()), now.after(ttl))
}

fn sign(
    secret: &SecretString,
    sub: String,
    role: Option<String>,
    exp: EpochMillis,
) -> SecretString {
    let claims = Claims { sub, exp: exp.0.div_ceil(1000), role };
    let key = EncodingKey::from_secret(secret.expose_secret().as_bytes());
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)
        .expect("HMAC takes a key of any length, and the claims are plain JSON");
    SecretString::from(token)
}

/// Tells whose token this is.
///
/// # Errors
/// The token is no tenant's of ours, or `now` is at or past its `exp`.
pub fn verify(
    secret: &SecretString,
    token: &str,
    now: EpochMillis,
) -> Result<TenantId, TokenError> {
    let claims = claims(secret, token)?;
    let tenant = claims.sub.parse().ok().filter(|_| claims.role.is_none());
    let tenant = tenant.ok_or(TokenError::Invalid)?;
    claims.in_time(now)?;
    Ok(TenantId(tenant))
}

/// Sees that a token is the concierge's.
pub(super) fn verify_desk(
    secret: &SecretString,
    token: &str,
    now: EpochMillis,
) -> Result<(), TokenError> {
    let claims = claims(secret, token)?;
    if claims.role.as_deref() != Some(DESK) {
        return Err(TokenError::Invalid);
    }
    claims.in_time(now)
}

impl Claims {
    fn in_time(&self, now: EpochMillis) -> Result<(), TokenError> {
        let is_over = now.0 >= self.exp.saturating_mul(1000);
        if is_over { Err(TokenError::Expired) } else { Ok(()) }
    }
}

fn claims(secret: &SecretString, token: &str) -> Result<Claims, TokenError> {
    let mut rules = Validation::new(Algorithm::HS256);
    // The library would compare with the system's clock.
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(secret.expose_secret().as_bytes());
    let decoded = jsonwebtoken::decode::<Claims>(token, &key, &rules);
    decoded.map(|token| token.claims).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_727_938_788_101);

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn token(ttl: u64) -> String {
        let ttl = Duration::from_secs(ttl);
        mint(&secret("s"), TenantId(34), ttl, NOW).expose_secret().to_owned()
    }

    #[track_caller]
    fn check(token: &str, now: EpochMillis, expected: Result<TenantId, TokenError>) {
        assert_eq!(verify(&secret("s"), token, now), expected);
    }

    #[test]
    fn a_minted_token_tells_its_tenant() {
        check(&token(60), NOW, Ok(TenantId(34)));
    }

    #[test]
    fn a_token_expires_by_the_time_given_without_leeway() {
        let exp = EpochMillis(NOW.after(Duration::from_secs(60)).0.div_ceil(1000) * 1000);
        check(&token(60), EpochMillis(exp.0 - 1), Ok(TenantId(34)));
        check(&token(60), exp, Err(TokenError::Expired));
        check(&token(0), NOW.after(Duration::from_secs(1)), Err(TokenError::Expired));
    }

    #[test]
    fn a_tenants_token_and_the_concierges_are_not_taken_for_each_other() {
        let desk = mint_desk(&secret("s"), Duration::from_secs(60), NOW);
        let check_desk = |token: &str, now, expected| {
            assert_eq!(verify_desk(&secret("s"), token, now), expected);
        };
        check(desk.expose_secret(), NOW, Err(TokenError::Invalid));
        check_desk(&token(60), NOW, Err(TokenError::Invalid));
        check_desk(desk.expose_secret(), NOW, Ok(()));
        let later = NOW.after(Duration::from_secs(61));
        check_desk(desk.expose_secret(), later, Err(TokenError::Expired));
    }

    #[test]
    fn a_token_that_is_not_ours_is_invalid() {
        let ours = token(60);
        let (signed, signature) = ours.rsplit_once('.').unwrap();
        let turned: String = signature.chars().rev().collect();
        for garbled in ["", "garbage", "a.b.c", signed, &format!("{signed}.{turned}")] {
            check(garbled, NOW, Err(TokenError::Invalid));
        }
        assert_eq!(verify(&secret("other"), &ours, NOW), Err(TokenError::Invalid));
    }

    #[test]
    fn a_token_without_a_numeric_tenant_or_an_expiry_is_invalid() {
        let key = EncodingKey::from_secret(b"s");
        for claims in [
            serde_json::json!({ "sub": "guest", "exp": 9_999_999_999_u64 }),
            serde_json::json!({ "sub": "34" }),
            serde_json::json!({ "exp": 9_999_999_999_u64 }),
        ] {
            let token = jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap();
            check(&token, NOW, Err(TokenError::Invalid));
        }
    }

    #[test]
    fn an_unsigned_token_is_invalid() {
        let (_, rest) =
            token(60).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let claims = rest.split_once('.').unwrap().0;
        // {"alg":"none","typ":"JWT"}
        check(
            &format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}."),
            NOW,
            Err(TokenError::Invalid),
        );
    }
}

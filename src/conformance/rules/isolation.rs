//! ISO-2: replies carry only the caller's own tenant (document: Prerequisites). ISO-1 is an
//! offence, as it is about requests.

use crate::conformance::finding::shown;
use crate::conformance::{ClauseId, Sink};
use crate::protocol::{TenantId, digits};

use super::reply::Reply;

/// ISO-2.
pub(in crate::conformance) fn judge(reply: &Reply<'_>, own: Option<TenantId>, to: &mut dyn Sink) {
    let Some(TenantId(own)) = own else { return };
    to.checked(ClauseId::Iso2);
    let is_tenants = reply.session["chatInitiatedByEntityType"] == "TENANT";
    let initiator = &reply.session["chatInitiatedByEntityId"];
    let places = [
        (true, &reply.tenant["id"], "/body/tenant/id"),
        (true, &reply.connection["entityId"], "/body/connection/entityId"),
        (is_tenants, initiator, "/body/chatSession/chatInitiatedByEntityId"),
    ];
    for (_, id, pointer) in places.into_iter().filter(|(is_judged, ..)| *is_judged) {
        if digits(id).is_some_and(|id| id != own) {
            let message = "the reply carries another tenant than the caller's";
            let what = (format!("tenant {own}"), shown(id));
            to.found(reply.finding(ClauseId::Iso2, message, what, pointer));
        }
    }
}

//! The profile of a tenant, made up from its id and shaped like the document's example.

use serde_json::{Value, json};

use crate::protocol::TenantId;

const FIRST_NAMES: [&str; 8] =
    ["Anong", "Somsak", "Somchai", "Malee", "Niran", "Pim", "Wichai", "Kanya"];
const LAST_NAMES: [&str; 8] =
    ["Sukjai", "Meesuk", "Jaidee", "Rakthai", "Boonmee", "Srisuk", "Thongdee", "Saelim"];

/// The tenant as most replies have it.
pub(super) fn brief(tenant: TenantId) -> Value {
    json!({
        "id": tenant.to_string(),
        "email": format!("{}.{tenant}@example.com", first_name(tenant).to_lowercase()),
        "countryId": "99",
        "code": "+66",
        "phoneNumber": phone(tenant, 0),
    })
}

/// The tenant as the reply to a new session has it (INIT-8).
pub(super) fn full(tenant: TenantId) -> Value {
    let mut profile = brief(tenant);
    profile["residentProfile"] = resident(tenant);
    profile["propertyOwnerProfile"] = json!({
        "firstName": first_name(tenant),
        "lastName": last_name(tenant),
        "isActive": true,
    });
    profile["properties"] = json!([property(tenant)]);
    profile
}

fn resident(tenant: TenantId) -> Value {
    let name = first_name(tenant).to_lowercase();
    json!({
        "firstName": first_name(tenant),
        "lastName": last_name(tenant),
        "gender": if tenant.0.is_multiple_of(2) { "M" } else { "F" },
        "idcard": format!("ID-{:06}", tenant.0),
        "passport": format!("PP-{:06}-2", tenant.0),
        "note": null,
        "cardNumber": format!("3{:012}", tenant.0),
        "isActive": true,
        "emails": [
            { "email": format!("{name}.{tenant}.home@example.com"), "isActive": true },
            { "email": format!("{name}.{tenant}.work@example.com"), "isActive": true },
        ],
        "phones": [
            { "countryCode": "+91", "phoneNumber": phone(tenant, 1), "isActive": true },
        ],
    })
}

fn property(tenant: TenantId) -> Value {
    let unit = format!("3/{:04}", tenant.0 % 10_000);
    json!({
        "propertyUnitId": tenant.to_string(),
        "unitNumber": unit,
        "houseNumber": unit,
        "thirdPartyIntegration": { "homeId": format!("{:024x}", tenant.0) },
        "floors": [
            { "floorZoneCode": "FL3", "floorId": 7, "floorDescription": "Third Floor" },
        ],
        "buildingPhaseCode": "OB1",
        "buildingId": "1",
        "buildingPhaseName": "OB1",
        "projectCode": "C3A",
        "projectId": "3",
        "projectsName": "Example Residence",
        "projectsNameThai": "ตัวอย่าง เรสซิเดนซ์",
        "hideLogoFromFrontEnd": false,
        "companyName": "Example Tower",
        "isPropertyOwner": true,
        "isPropertyResident": false,
        "isDefaultPropertyUnit": false,
        "backgroundUrl": "https://uploads.example.com/project_background/e7f2d79f-0991-46bf-a7dd-ed3ef9ed7977.png",
        "iconUrl": "https://uploads.example.com/project_logo/17292844-6144-4307-8912-c1c66dd641f5.png",
    })
}

fn first_name(tenant: TenantId) -> &'static str {
    FIRST_NAMES[(tenant.0 % 8) as usize]
}

fn last_name(tenant: TenantId) -> &'static str {
    LAST_NAMES[(tenant.0 % 8) as usize]
}

fn phone(tenant: TenantId, line: u64) -> String {
    format!("08{:08}", (tenant.0.wrapping_mul(2).wrapping_add(line)) % 100_000_000)
}

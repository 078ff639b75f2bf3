//! Callers without a token, where the operator lets them look around (`LATCH_ANONYMOUS`).

/// What a caller without a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// Say hello and see the lists.
    Discovery,
    /// Also use what the policy makes public.
    Tools,
}

/// What a guest may send at all. What is not here needs a token, whatever is behind it.
const OPEN: [&str; 9] = [
    "initialize",
    "notifications/initialized",
    "notifications/cancelled",
    "ping",
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
];

/// What is decided one by one.
pub(super) const USES: [&str; 3] = ["tools/call", "prompts/get", "resources/read"];

impl Guest {
    /// Whether a message may be looked at. A message without a method answers a request that we never made.
    pub(super) fn may_send(self, method: Option<&str>) -> bool {
        method.is_some_and(|method| OPEN.contains(&method) || (self == Self::Tools && USES.contains(&method)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_may_look_and_no_more() {
        for guest in [Guest::Discovery, Guest::Tools] {
            for method in OPEN {
                assert!(guest.may_send(Some(method)), "{method}");
            }
            for method in ["completion/complete", "resources/subscribe", "logging/setLevel", "tasks/get", "", "tools/listing"] {
                assert!(!guest.may_send(Some(method)), "{method}");
            }
            assert!(!guest.may_send(None));
            for method in USES {
                assert_eq!(guest.may_send(Some(method)), guest == Guest::Tools, "{method}");
            }
        }
    }
}

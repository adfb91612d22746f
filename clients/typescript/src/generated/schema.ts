// Generated from Dashboard's OpenAPI document by scripts/generate.mjs. Do not edit.
export interface paths {
    "/api/administrator/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return an account
         * @description Return an account. For an administrator.
         */
        get: operations["administrator-account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List accounts, newest first
         * @description List accounts, newest first. For an administrator.
         */
        get: operations["administrator-accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count accounts
         * @description Count accounts. For an administrator.
         */
        get: operations["administrator-accounts-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/administrator-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List administrators' accounts, newest first
         * @description List administrators' accounts, newest first. For an administrator.
         */
        get: operations["administrator-administrator-accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/administrator-accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count administrators
         * @description Count administrators. For an administrator.
         */
        get: operations["administrator-administrator-accounts-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/create-reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a reset code for an account, with which a forgotten password can be replaced
         * @description Create a reset code for an account, with which a forgotten password can be replaced. For an administrator.
         */
        post: operations["administrator-create-reset-code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/delete-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an account immediately, with its sessions, reset codes and profiles
         * @description Delete an account immediately, with its sessions, reset codes and profiles. For an administrator.
         */
        delete: operations["administrator-delete-account"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/delete-reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a reset code
         * @description Revoke a reset code. For an administrator.
         */
        delete: operations["administrator-delete-reset-code"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/deleted-accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List accounts that are scheduled for deletion, newest first
         * @description List accounts that are scheduled for deletion, newest first. For an administrator.
         */
        get: operations["administrator-deleted-accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/deleted-accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count accounts that are scheduled for deletion
         * @description Count accounts that are scheduled for deletion. For an administrator.
         */
        get: operations["administrator-deleted-accounts-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events, newest first
         * @description List events, newest first. For an administrator, or a service with a credential of the scope `read-events`.
         */
        get: operations["administrator-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/events-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count events
         * @description Count events. For an administrator, or a service with a credential of the scope `read-events`.
         */
        get: operations["administrator-events-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/metric-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return metrics: counts of accounts, sessions and reset codes in total, or in a year, a month or a day
         * @description Return metrics: counts of accounts, sessions and reset codes in total, or in a year, a month or a day. For an administrator.
         */
        get: operations["administrator-metric-keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return a profile
         * @description Return a profile. For an administrator.
         */
        get: operations["administrator-profile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List profiles, newest first
         * @description List profiles, newest first. For an administrator.
         */
        get: operations["administrator-profiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/profiles-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count profiles
         * @description Count profiles. For an administrator.
         */
        get: operations["administrator-profiles-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/remove-second-factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Remove all second factors and recovery codes of an account whose owner has lost them; end its sessions
         * @description Remove all second factors and recovery codes of an account whose owner has lost them; end its sessions. For an administrator.
         */
        patch: operations["administrator-remove-second-factors"];
        trace?: never;
    };
    "/api/administrator/reset-account-administrator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Revoke an account's administrator role
         * @description Revoke an account's administrator role. Only the owner can. For an administrator.
         */
        patch: operations["administrator-reset-account-administrator"];
        trace?: never;
    };
    "/api/administrator/reset-account-deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Cancel the scheduled deletion of an account before it is due
         * @description Cancel the scheduled deletion of an account before it is due. For an administrator.
         */
        patch: operations["administrator-reset-account-deleted"];
        trace?: never;
    };
    "/api/administrator/reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return a reset code
         * @description Return a reset code. For an administrator.
         */
        get: operations["administrator-reset-code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/reset-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List reset codes, newest first
         * @description List reset codes, newest first. For an administrator.
         */
        get: operations["administrator-reset-codes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/reset-codes-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count reset codes
         * @description Count reset codes. For an administrator.
         */
        get: operations["administrator-reset-codes-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/reset-session-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * End every session of an account by giving it a new session key
         * @description End every session of an account by giving it a new session key. For an administrator.
         */
        patch: operations["administrator-reset-session-key"];
        trace?: never;
    };
    "/api/administrator/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return a session
         * @description Return a session. For an administrator.
         */
        get: operations["administrator-session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions, newest first
         * @description List sessions, newest first. For an administrator.
         */
        get: operations["administrator-sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/sessions-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count sessions, including ended ones
         * @description Count sessions, including ended ones. For an administrator.
         */
        get: operations["administrator-sessions-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/administrator/set-account-administrator": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Make an account an administrator
         * @description Make an account an administrator. For an administrator.
         */
        patch: operations["administrator-set-account-administrator"];
        trace?: never;
    };
    "/api/administrator/set-account-deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Schedule an account for deletion in DELETE_DELAY days, and end its sessions
         * @description Schedule an account for deletion in DELETE_DELAY days, and end its sessions. For an administrator.
         */
        patch: operations["administrator-set-account-deleted"];
        trace?: never;
    };
    "/api/administrator/set-owner-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Transfer ownership to an account
         * @description Transfer ownership to an account. Only the owner can, and stays an administrator. For an administrator.
         */
        patch: operations["administrator-set-owner-account"];
        trace?: never;
    };
    "/api/administrator/set-session-ended": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * End a session
         * @description End a session. For an administrator.
         */
        patch: operations["administrator-set-session-ended"];
        trace?: never;
    };
    "/api/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the caller's session, and tell in headers whose it is
         * @description Check the caller's session, and tell in headers whose it is. Every condition has to hold. For a proxy or an application that checks a session.
         */
        get: operations["check"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List every error code with each of its statuses and reasons
         * @description List every error code with each of its statuses and reasons. For anybody.
         */
        get: operations["errors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/feed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return the events that come after a cursor, in the order in which they were committed, and the next cursor
         * @description Return the events that come after a cursor, in the order in which they were committed, and the next cursor. Where there are none yet, wait for some, and else answer without any. For an administrator, or a service with a credential of the scope `read-events`.
         */
        get: operations["feed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service/create-reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a reset code for somebody who has forgotten the password, to be sent where only they read it
         * @description Create a reset code for somebody who has forgotten the password, to be sent where only they read it. It works for an hour. Accounts with a role are refused. For a service with a credential of the scope `create-reset-codes`.
         */
        post: operations["service-create-reset-code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/service/credential": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return the credential of the request, whatever its scopes: for instance when it expires
         * @description Return the credential of the request, whatever its scopes: for instance when it expires. For a service with a credential.
         */
        get: operations["service-credential"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return the caller's account
         * @description Return the caller's account. For a signed-in account.
         */
        get: operations["user-account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/complete-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take the second step of a sign-in, with a code or a passkey
         * @description Take the second step of a sign-in, with a code or a passkey. Answer as create-session does. For anybody.
         */
        post: operations["user-complete-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/confirm-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Add a second factor to the caller's account, by a code of the app or what the passkey has signed
         * @description Add a second factor to the caller's account, by a code of the app or what the passkey has signed. With the first one, every other session of the account ends. For a signed-in account.
         */
        patch: operations["user-confirm-second-factor"];
        trace?: never;
    };
    "/api/user/create-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register
         * @description Register. With FIRST_ACCOUNT_IS_OWNER the first account becomes the owner. With REQUIRE_PROFILE the fields create a default profile. For anybody.
         */
        post: operations["user-create-account"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/create-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a profile with the fields of USER_PROFILE_FIELDS
         * @description Create a profile with the fields of USER_PROFILE_FIELDS. As the default profile with another email address, it takes a password that was verified recently. For a signed-in account.
         */
        post: operations["user-create-profile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/create-recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create ten recovery codes, each of which takes the second step once
         * @description Create ten recovery codes, each of which takes the second step once. They replace those before. For a signed-in account.
         */
        post: operations["user-create-recovery-codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/create-reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a reset code for the caller's account, with which a forgotten password can be replaced
         * @description Create a reset code for the caller's account, with which a forgotten password can be replaced. For a signed-in account.
         */
        post: operations["user-create-reset-code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/create-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a second factor
         * @description Create a second factor. It counts once confirm-second-factor has confirmed it, within ten minutes. For a signed-in account.
         */
        post: operations["user-create-second-factor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/create-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description Sign in. Return a session with its token, which is never returned again, and set the two cookies. For an account with a second factor, second-factor-required has the challenge for complete-session. For anybody.
         */
        post: operations["user-create-session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/delete-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete one of the caller's profiles
         * @description Delete one of the caller's profiles. The default profile cannot be deleted. For a signed-in account.
         */
        delete: operations["user-delete-profile"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/delete-reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke one of the caller's reset codes
         * @description Revoke one of the caller's reset codes. For a signed-in account.
         */
        delete: operations["user-delete-reset-code"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/delete-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove one of the caller's second factors
         * @description Remove one of the caller's second factors. With the last one, its recovery codes go, too. For a signed-in account.
         */
        delete: operations["user-delete-second-factor"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/end-other-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * End every other session of the caller's account
         * @description End every other session of the caller's account. Return how many were ended. For a signed-in account.
         */
        patch: operations["user-end-other-sessions"];
        trace?: never;
    };
    "/api/user/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the events of the caller's account, newest first, without the id and address of other accounts
         * @description List the events of the caller's account, newest first, without the id and address of other accounts. For a signed-in account.
         */
        get: operations["user-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/events-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the events of the caller's account
         * @description Count the events of the caller's account. For a signed-in account.
         */
        get: operations["user-events-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/export-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream everything that is stored about the caller, as one JSON document
         * @description Stream everything that is stored about the caller, as one JSON document. For a signed-in account.
         */
        get: operations["user-export-account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return one of the caller's profiles
         * @description Return one of the caller's profiles. For a signed-in account.
         */
        get: operations["user-profile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's profiles, newest first
         * @description List the caller's profiles, newest first. For a signed-in account.
         */
        get: operations["user-profiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/profiles-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the caller's profiles
         * @description Count the caller's profiles. For a signed-in account.
         */
        get: operations["user-profiles-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/recovery-codes-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the caller's recovery codes that are not used
         * @description Count the caller's recovery codes that are not used. For a signed-in account.
         */
        get: operations["user-recovery-codes-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/reset-account-deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Cancel the scheduled deletion of an account with its username and password, before it is due
         * @description Cancel the scheduled deletion of an account with its username and password, before it is due. For anybody.
         */
        patch: operations["user-reset-account-deleted"];
        trace?: never;
    };
    "/api/user/reset-account-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Set a new password with a reset code, which can be used once, and end every session of the account
         * @description Set a new password with a reset code, which can be used once, and end every session of the account. For anybody.
         */
        patch: operations["user-reset-account-password"];
        trace?: never;
    };
    "/api/user/reset-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return one of the caller's reset codes
         * @description Return one of the caller's reset codes. For a signed-in account.
         */
        get: operations["user-reset-code"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/reset-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's reset codes, newest first
         * @description List the caller's reset codes, newest first. For a signed-in account.
         */
        get: operations["user-reset-codes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/reset-codes-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the caller's reset codes
         * @description Count the caller's reset codes. For a signed-in account.
         */
        get: operations["user-reset-codes-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/reset-session-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * End every session of the caller's account, including the one that makes the request
         * @description End every session of the caller's account, including the one that makes the request. For a signed-in account.
         */
        patch: operations["user-reset-session-key"];
        trace?: never;
    };
    "/api/user/second-factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's second factors, newest first, without those that are not confirmed
         * @description List the caller's second factors, newest first, without those that are not confirmed. For a signed-in account.
         */
        get: operations["user-second-factors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Return one of the caller's sessions
         * @description Return one of the caller's sessions. With the id of the current session, check that it is valid. For a signed-in account.
         */
        get: operations["user-session"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the caller's sessions, newest first
         * @description List the caller's sessions, newest first. For a signed-in account.
         */
        get: operations["user-sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/sessions-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the caller's sessions, including ended ones
         * @description Count the caller's sessions, including ended ones. For a signed-in account.
         */
        get: operations["user-sessions-count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/user/set-account-deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Schedule the caller's account for deletion in DELETE_DELAY days, and end its sessions
         * @description Schedule the caller's account for deletion in DELETE_DELAY days, and end its sessions. For a signed-in account.
         */
        patch: operations["user-set-account-deleted"];
        trace?: never;
    };
    "/api/user/set-account-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the caller's password, and end every other session of the account
         * @description Change the caller's password, and end every other session of the account. For a signed-in account.
         */
        patch: operations["user-set-account-password"];
        trace?: never;
    };
    "/api/user/set-account-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Set the caller's default profile
         * @description Set the caller's default profile. One with another email address takes a password that was verified recently. For a signed-in account.
         */
        patch: operations["user-set-account-profile"];
        trace?: never;
    };
    "/api/user/set-account-username": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the caller's username
         * @description Change the caller's username. For a signed-in account.
         */
        patch: operations["user-set-account-username"];
        trace?: never;
    };
    "/api/user/set-session-ended": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * End one of the caller's sessions, for example to sign out
         * @description End one of the caller's sessions, for example to sign out. The cookies of the ended session are deleted. For a signed-in account.
         */
        patch: operations["user-set-session-ended"];
        trace?: never;
    };
    "/api/user/set-session-verified": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Confirm the caller's username and password again, in the session that makes the request
         * @description Confirm the caller's username and password again, in the session that makes the request. For a signed-in account.
         */
        patch: operations["user-set-session-verified"];
        trace?: never;
    };
    "/api/user/update-profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update one of the caller's profiles: all fields of USER_PROFILE_FIELDS
         * @description Update one of the caller's profiles: all fields of USER_PROFILE_FIELDS. Another email address takes a password that was verified recently. For a signed-in account.
         */
        patch: operations["user-update-profile"];
        trace?: never;
    };
    "/api/user/update-second-factor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename one of the caller's second factors
         * @description Rename one of the caller's second factors. For a signed-in account.
         */
        patch: operations["user-update-second-factor"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "accountid": "acct_8485ad4a95d2eac8",
         *       "object": "account",
         *       "appid": "dashboard",
         *       "profileid": "prof_935527d4cb0ada24",
         *       "sessionKeyNumber": 2,
         *       "sessionKeyLastResetAt": "2022-06-24T02:42:51.000Z",
         *       "lastSignedInAt": "2022-06-24T02:42:50.000Z",
         *       "createdAt": "2022-06-24T02:42:50.974Z",
         *       "updatedAt": "2022-06-24T02:42:51.008Z"
         *     }
         */
        Account: {
            accountid: string;
            /** @constant */
            object: "account";
            appid: string;
            /** @description 1 at creation, one more at every reset of the session key. */
            sessionKeyNumber: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The default profile. */
            profileid?: string;
            /** Format: date-time */
            sessionKeyLastResetAt?: string;
            /** Format: date-time */
            lastSignedInAt?: string;
            /** @description Always true. */
            owner?: boolean;
            /** Format: date-time */
            ownerSince?: string;
            /** @description Always true. */
            administrator?: boolean;
            /** Format: date-time */
            administratorSince?: string;
            /** Format: date-time */
            usernameLastChangedAt?: string;
            /** Format: date-time */
            passwordLastChangedAt?: string;
            /** Format: date-time */
            resetCodeLastCreatedAt?: string;
            /** Format: date-time */
            resetCodeLastUsedAt?: string;
            /**
             * Format: date-time
             * @description Since when a sign-in takes a second step.
             */
            secondFactorSince?: string;
            /**
             * Format: date-time
             * @description When the account is due to be deleted; present while it is scheduled.
             */
            deletedAt?: string;
        };
        /**
         * @example {
         *       "object": "accountExport",
         *       "account": {
         *         "accountid": "acct_8485ad4a95d2eac8",
         *         "object": "account",
         *         "appid": "dashboard",
         *         "profileid": "prof_935527d4cb0ada24",
         *         "sessionKeyNumber": 2,
         *         "sessionKeyLastResetAt": "2022-06-24T02:42:51.000Z",
         *         "lastSignedInAt": "2022-06-24T02:42:50.000Z",
         *         "createdAt": "2022-06-24T02:42:50.974Z",
         *         "updatedAt": "2022-06-24T02:42:51.008Z"
         *       },
         *       "profiles": [
         *         {
         *           "profileid": "prof_935527d4cb0ada24",
         *           "object": "profile",
         *           "appid": "dashboard",
         *           "accountid": "acct_8485ad4a95d2eac8",
         *           "fullName": "Ada Example",
         *           "contactEmail": "ada@example.com",
         *           "createdAt": "2022-06-24T02:42:50.974Z",
         *           "updatedAt": "2022-06-24T02:42:50.974Z"
         *         }
         *       ],
         *       "sessions": [
         *         {
         *           "sessionid": "sess_b0b52a2d89a5669d",
         *           "object": "session",
         *           "appid": "dashboard",
         *           "accountid": "acct_b9d3263d58091030",
         *           "duration": 1200,
         *           "ipAddress": "203.0.113.7",
         *           "userAgent": "Firefox 151 on Windows",
         *           "lastSeenAt": "2022-06-24T02:43:02.000Z",
         *           "expiresAt": "2022-06-24T03:03:02.000Z",
         *           "lastVerifiedAt": "2022-06-24T02:43:02.000Z",
         *           "ended": false,
         *           "createdAt": "2022-06-24T02:43:02.624Z",
         *           "updatedAt": "2022-06-24T02:43:02.645Z"
         *         }
         *       ],
         *       "resetCodes": [
         *         {
         *           "codeid": "code_b95f5fba59f952f8",
         *           "object": "resetCode",
         *           "appid": "dashboard",
         *           "accountid": "acct_8423b9d0bc59d2e7",
         *           "expiresAt": "2022-06-25T02:42:47.362Z",
         *           "createdAt": "2022-06-24T02:42:47.362Z",
         *           "updatedAt": "2022-06-24T02:42:47.362Z"
         *         }
         *       ],
         *       "secondFactors": [
         *         {
         *           "factorid": "fact_5b1d0c2a9e8f7431",
         *           "object": "secondFactor",
         *           "appid": "dashboard",
         *           "accountid": "acct_8485ad4a95d2eac8",
         *           "factorType": "totp",
         *           "name": "My telephone",
         *           "confirmedAt": "2022-06-24T02:43:51.008Z",
         *           "lastUsedAt": "2022-06-25T09:12:02.117Z",
         *           "createdAt": "2022-06-24T02:42:51.008Z",
         *           "updatedAt": "2022-06-25T09:12:02.117Z"
         *         }
         *       ],
         *       "recoveryCodes": [
         *         {
         *           "createdAt": "2022-06-24T02:42:51.008Z"
         *         }
         *       ],
         *       "signInClients": [
         *         {
         *           "client": "network 203.0.113.7/32",
         *           "trusted": true,
         *           "failedSignIns": 0,
         *           "lastSeenAt": "2022-06-24T02:42:51.008Z"
         *         }
         *       ],
         *       "events": [
         *         {
         *           "eventid": "evnt_000000000004d2b7",
         *           "object": "event",
         *           "appid": "dashboard",
         *           "action": "create-session",
         *           "accountid": "acct_b9d3263d58091030",
         *           "targetid": "sess_b0b52a2d89a5669d",
         *           "actorKind": "account",
         *           "actorAccountid": "acct_b9d3263d58091030",
         *           "ipAddress": "203.0.113.7",
         *           "userAgent": "Firefox 151 on Windows",
         *           "createdAt": "2022-06-24T02:43:02.624Z"
         *         }
         *       ],
         *       "eventsOnOthers": []
         *     }
         */
        AccountExport: {
            /** @constant */
            object: "accountExport";
            account: components["schemas"]["ExportedAccount"];
            /** @description Every profile. All lists are sorted from newest to oldest. */
            profiles: components["schemas"]["Profile"][];
            /** @description Every session, without `csrfToken`, and with how it ended. */
            sessions: components["schemas"]["ExportedSession"][];
            /** @description Every unused reset code; the code itself is not stored. */
            resetCodes: components["schemas"]["ResetCode"][];
            /** @description Every second factor, without its secret or key. */
            secondFactors: components["schemas"]["SecondFactor"][];
            /** @description When each was created and used; the codes are not stored. */
            recoveryCodes: components["schemas"]["ExportedRecoveryCode"][];
            /** @description Networks and browsers that have tried to sign in. */
            signInClients: components["schemas"]["ExportedSignInClient"][];
            /** @description Operations on the account, and their origin. */
            events: components["schemas"]["Event"][];
            /** @description Operations that the account performed on others as an administrator. */
            eventsOnOthers: components["schemas"]["Event"][];
        };
        /**
         * @example {
         *       "object": "errorCode",
         *       "message": "invalid-accountid",
         *       "status": 404,
         *       "detail": "No account has this accountid."
         *     }
         */
        ErrorCode: {
            /** @constant */
            object: "errorCode";
            /** @description The code. */
            message: string;
            status: number;
            /** @description One sentence for people. */
            detail: string;
        };
        /**
         * @example {
         *       "eventid": "evnt_000000000004d2b7",
         *       "object": "event",
         *       "appid": "dashboard",
         *       "action": "create-session",
         *       "accountid": "acct_b9d3263d58091030",
         *       "targetid": "sess_b0b52a2d89a5669d",
         *       "actorKind": "account",
         *       "actorAccountid": "acct_b9d3263d58091030",
         *       "ipAddress": "203.0.113.7",
         *       "userAgent": "Firefox 151 on Windows",
         *       "createdAt": "2022-06-24T02:43:02.624Z"
         *     }
         */
        Event: {
            eventid: string;
            /** @constant */
            object: "event";
            appid: string;
            /** @enum {string} */
            action: "create-account" | "delete-account" | "set-account-deleted" | "reset-account-deleted" | "set-account-administrator" | "reset-account-administrator" | "set-owner-account" | "set-account-password" | "reset-account-password" | "set-account-username" | "set-account-profile" | "reset-session-key" | "create-profile" | "update-profile" | "delete-profile" | "create-session" | "set-session-ended" | "set-session-verified" | "end-other-sessions" | "end-oldest-sessions" | "end-sessions" | "create-credential" | "revoke-credential" | "create-reset-code" | "delete-reset-code" | "start-second-step" | "create-second-factor" | "confirm-second-factor" | "update-second-factor" | "delete-second-factor" | "remove-second-factors" | "create-recovery-codes" | "use-recovery-code" | "unlock-account" | "refuse-sign-in" | "refuse-access" | "view-account" | "create-webhook" | "rotate-webhook-secret" | "disable-webhook" | "enable-webhook" | "delete-webhook" | "send-again" | "delete-feed-readers" | "import-node-dashboard" | "export-list" | "finish-export" | "after-restore";
            /**
             * @description The capacity in which the actor performed the operation.
             * @enum {string}
             */
            actorKind: "anybody" | "account" | "application server" | "service credential" | "command line" | "another account";
            /** Format: date-time */
            createdAt: string;
            /** @description The account concerned; missing if a sign-in named none. */
            accountid?: string;
            /** @description The session, profile, reset code or service credential concerned. */
            targetid?: string;
            /** @description The error code of a refused sign-in. */
            refusal?: string;
            /** @description Of an exported list or a service credential: what it is. */
            details?: string;
            /** @description The account that was signed in, or on whose behalf the application server acted. Another account's is left out for the account itself. */
            actorAccountid?: string;
            /** @description The service credential of the request; left out for the account itself. */
            actorCredentialid?: string;
            /** @description The client's address; another's is left out for the account itself. */
            ipAddress?: string;
            /** @description The client's browser and system; another's are left out for the account itself. */
            userAgent?: string;
        };
        /**
         * @example {
         *       "accountid": "acct_8485ad4a95d2eac8",
         *       "object": "account",
         *       "appid": "dashboard",
         *       "profileid": "prof_935527d4cb0ada24",
         *       "sessionKeyNumber": 2,
         *       "sessionKeyLastResetAt": "2022-06-24T02:42:51.000Z",
         *       "lastSignedInAt": "2022-06-24T02:42:50.000Z",
         *       "createdAt": "2022-06-24T02:42:50.974Z",
         *       "updatedAt": "2022-06-24T02:42:51.008Z"
         *     }
         */
        ExportedAccount: {
            accountid: string;
            /** @constant */
            object: "account";
            appid: string;
            /** @description 1 at creation, one more at every reset of the session key. */
            sessionKeyNumber: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The default profile. */
            profileid?: string;
            /** Format: date-time */
            sessionKeyLastResetAt?: string;
            /** Format: date-time */
            lastSignedInAt?: string;
            /** @description Always true. */
            owner?: boolean;
            /** Format: date-time */
            ownerSince?: string;
            /** @description Always true. */
            administrator?: boolean;
            /** Format: date-time */
            administratorSince?: string;
            /** Format: date-time */
            usernameLastChangedAt?: string;
            /** Format: date-time */
            passwordLastChangedAt?: string;
            /** Format: date-time */
            resetCodeLastCreatedAt?: string;
            /** Format: date-time */
            resetCodeLastUsedAt?: string;
            /**
             * Format: date-time
             * @description Since when a sign-in takes a second step.
             */
            secondFactorSince?: string;
            /**
             * Format: date-time
             * @description When the account is due to be deleted; present while it is scheduled.
             */
            deletedAt?: string;
            /** @description Consecutive wrong passwords and reset codes. */
            failedSignIns?: number;
            /**
             * Format: date-time
             * @description When sign-in is possible again after too many failures.
             */
            lockedUntil?: string;
        };
        /**
         * @example {
         *       "createdAt": "2022-06-24T02:42:51.008Z"
         *     }
         */
        ExportedRecoveryCode: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            usedAt?: string;
        };
        /**
         * @example {
         *       "sessionid": "sess_b0b52a2d89a5669d",
         *       "object": "session",
         *       "appid": "dashboard",
         *       "accountid": "acct_b9d3263d58091030",
         *       "duration": 1200,
         *       "ipAddress": "203.0.113.7",
         *       "userAgent": "Firefox 151 on Windows",
         *       "lastSeenAt": "2022-06-24T02:43:02.000Z",
         *       "expiresAt": "2022-06-24T03:03:02.000Z",
         *       "lastVerifiedAt": "2022-06-24T02:43:02.000Z",
         *       "ended": false,
         *       "createdAt": "2022-06-24T02:43:02.624Z",
         *       "updatedAt": "2022-06-24T02:43:02.645Z"
         *     }
         */
        ExportedSession: {
            sessionid: string;
            /** @constant */
            object: "session";
            appid: string;
            accountid: string;
            /** @description Seconds from createdAt to expiresAt. */
            duration: number;
            /** Format: date-time */
            expiresAt: string;
            /**
             * Format: date-time
             * @description When the password was last verified.
             */
            lastVerifiedAt: string;
            /** @description Whether it was ended by an operation or has expired. */
            ended: boolean;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /**
             * Format: date-time
             * @description When a second factor was used in it.
             */
            secondFactorAt?: string;
            /** Format: date-time */
            endedAt?: string;
            /** @description The address that signed in. */
            ipAddress?: string;
            /** @description The browser and system that signed in. */
            userAgent?: string;
            /**
             * Format: date-time
             * @description Updated at most once a minute.
             */
            lastSeenAt?: string;
            /** @description Operation that ended it; missing if it expired. */
            endedByAction?: string;
            /**
             * @description Capacity in which it was ended.
             * @enum {string}
             */
            endedByKind?: "anybody" | "account" | "application server" | "service credential" | "command line" | "another account";
        };
        /**
         * @example {
         *       "client": "network 203.0.113.7/32",
         *       "trusted": true,
         *       "failedSignIns": 0,
         *       "lastSeenAt": "2022-06-24T02:42:51.008Z"
         *     }
         */
        ExportedSignInClient: {
            /** @description A network, such as “network 192.0.2.7/32”, or “browser”. */
            client: string;
            /** @description Whether the account was let in from there. */
            trusted: boolean;
            /** @description Consecutive wrong passwords and codes from there. */
            failedSignIns: number;
            /** Format: date-time */
            lastSeenAt: string;
            /**
             * Format: date-time
             * @description When it can try again after too many failures.
             */
            lockedUntil?: string;
        };
        /**
         * @example {
         *       "object": "feed",
         *       "appid": "dashboard",
         *       "events": [
         *         {
         *           "eventid": "evnt_000000000004d2b7",
         *           "object": "event",
         *           "appid": "dashboard",
         *           "action": "create-session",
         *           "accountid": "acct_b9d3263d58091030",
         *           "targetid": "sess_b0b52a2d89a5669d",
         *           "actorKind": "account",
         *           "actorAccountid": "acct_b9d3263d58091030",
         *           "ipAddress": "203.0.113.7",
         *           "userAgent": "Firefox 151 on Windows",
         *           "createdAt": "2022-06-24T02:43:02.624Z"
         *         }
         *       ],
         *       "cursor": "lQG5NmIwODk3NmEzMDJkMjg3NC4wMDAwMDAwMZHNBB3AAA"
         *     }
         */
        Feed: {
            /** @constant */
            object: "feed";
            appid: string;
            events: components["schemas"]["Event"][];
            /** @description What the next call sends as `after`; opaque. */
            cursor: string;
        };
        /**
         * @example {
         *       "object": "metric",
         *       "appid": "dashboard",
         *       "metricid": "accounts-created/2022-06",
         *       "value": 17
         *     }
         */
        Metric: {
            /** @constant */
            object: "metric";
            appid: string;
            metricid: string;
            value: number;
        };
        /**
         * @example {
         *       "codeid": "code_b95f5fba59f952f8",
         *       "object": "resetCode",
         *       "appid": "dashboard",
         *       "accountid": "acct_8423b9d0bc59d2e7",
         *       "expiresAt": "2022-06-25T02:42:47.362Z",
         *       "createdAt": "2022-06-24T02:42:47.362Z",
         *       "updatedAt": "2022-06-24T02:42:47.362Z",
         *       "secretCode": "XYC3-7Q90-NH6D-KTPM-2VRE-9FZ4-B81S"
         *     }
         */
        NewResetCode: {
            codeid: string;
            /** @constant */
            object: "resetCode";
            appid: string;
            accountid: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The code, in groups of four characters. It is never returned again. */
            secretCode: string;
            /**
             * Format: date-time
             * @description From then on the code does not work. Missing: it works until it is used.
             */
            expiresAt?: string;
        };
        /**
         * @example {
         *       "profileid": "prof_935527d4cb0ada24",
         *       "object": "profile",
         *       "appid": "dashboard",
         *       "accountid": "acct_8485ad4a95d2eac8",
         *       "fullName": "Ada Example",
         *       "contactEmail": "ada@example.com",
         *       "createdAt": "2022-06-24T02:42:50.974Z",
         *       "updatedAt": "2022-06-24T02:42:50.974Z"
         *     }
         */
        Profile: {
            profileid: string;
            /** @constant */
            object: "profile";
            appid: string;
            accountid: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            fullName?: string;
            contactEmail?: string;
            displayName?: string;
            displayEmail?: string;
            companyName?: string;
            phone?: string;
            occupation?: string;
            location?: string;
            website?: string;
            /**
             * Format: date
             * @description Date of birth.
             */
            dob?: string;
        };
        /**
         * @example {
         *       "object": "recoveryCodes",
         *       "codes": [
         *         "K7QM-2X9D-4T6B-9W1C-8HRV-0N5E"
         *       ]
         *     }
         */
        RecoveryCodes: {
            /** @constant */
            object: "recoveryCodes";
            /** @description Each works once. They are not returned again. */
            codes: string[];
        };
        /**
         * @example {
         *       "codeid": "code_b95f5fba59f952f8",
         *       "object": "resetCode",
         *       "appid": "dashboard",
         *       "accountid": "acct_8423b9d0bc59d2e7",
         *       "expiresAt": "2022-06-25T02:42:47.362Z",
         *       "createdAt": "2022-06-24T02:42:47.362Z",
         *       "updatedAt": "2022-06-24T02:42:47.362Z"
         *     }
         */
        ResetCode: {
            codeid: string;
            /** @constant */
            object: "resetCode";
            appid: string;
            accountid: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /**
             * Format: date-time
             * @description From then on the code does not work. Missing: it works until it is used.
             */
            expiresAt?: string;
        };
        /**
         * @example {
         *       "factorid": "fact_5b1d0c2a9e8f7431",
         *       "object": "secondFactor",
         *       "appid": "dashboard",
         *       "accountid": "acct_8485ad4a95d2eac8",
         *       "factorType": "totp",
         *       "name": "My telephone",
         *       "confirmedAt": "2022-06-24T02:43:51.008Z",
         *       "lastUsedAt": "2022-06-25T09:12:02.117Z",
         *       "createdAt": "2022-06-24T02:42:51.008Z",
         *       "updatedAt": "2022-06-25T09:12:02.117Z"
         *     }
         */
        SecondFactor: {
            factorid: string;
            /** @constant */
            object: "secondFactor";
            appid: string;
            accountid: string;
            /** @enum {string} */
            factorType: "totp" | "passkey";
            name: string;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Of an app, in base 32; only in the response of create-second-factor. */
            secret?: string;
            /** @description The same for a QR code; only in the response of create-second-factor. */
            otpauthUri?: string;
            /** @description PublicKeyCredentialCreationOptionsJSON (WebAuthn); only in the response of create-second-factor. */
            passkeyOptions?: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description Since when it can be used to sign in.
             */
            confirmedAt?: string;
            /** Format: date-time */
            lastUsedAt?: string;
        };
        /**
         * @example {
         *       "credentialid": "cred_8485ad4a95d2eac8",
         *       "object": "serviceCredential",
         *       "appid": "dashboard",
         *       "name": "Web application",
         *       "scopes": [
         *         "act-for-users",
         *         "create-reset-codes"
         *       ],
         *       "networks": [
         *         "203.0.113.0/24"
         *       ],
         *       "createdBy": "acct_b9d3263d58091030",
         *       "expiresAt": "2023-06-24T02:43:02.624Z",
         *       "lastUsedAt": "2022-06-25T14:12:00.000Z",
         *       "createdAt": "2022-06-24T02:43:02.624Z",
         *       "updatedAt": "2022-06-24T02:43:02.624Z"
         *     }
         */
        ServiceCredential: {
            credentialid: string;
            /** @constant */
            object: "serviceCredential";
            appid: string;
            /** @description Which service has it. */
            name: string;
            /** @description What it may do. */
            scopes: ("act-for-users" | "create-reset-codes" | "read-events" | "administer")[];
            /** @description From where; empty: from anywhere. */
            networks: string[];
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description The owner who created it. Missing: an operator has. */
            createdBy?: string;
            /** Format: date-time */
            expiresAt?: string;
            /** Format: date-time */
            revokedAt?: string;
            /**
             * Format: date-time
             * @description To the minute.
             */
            lastUsedAt?: string;
        };
        /**
         * @example {
         *       "sessionid": "sess_b0b52a2d89a5669d",
         *       "object": "session",
         *       "appid": "dashboard",
         *       "accountid": "acct_b9d3263d58091030",
         *       "duration": 1200,
         *       "csrfToken": "3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f",
         *       "ipAddress": "203.0.113.7",
         *       "userAgent": "Firefox 151 on Windows",
         *       "lastSeenAt": "2022-06-24T02:43:02.000Z",
         *       "expiresAt": "2022-06-24T03:03:02.000Z",
         *       "lastVerifiedAt": "2022-06-24T02:43:02.000Z",
         *       "ended": false,
         *       "createdAt": "2022-06-24T02:43:02.624Z",
         *       "updatedAt": "2022-06-24T02:43:02.645Z"
         *     }
         */
        Session: {
            sessionid: string;
            /** @constant */
            object: "session";
            appid: string;
            accountid: string;
            /** @description Seconds from createdAt to expiresAt. */
            duration: number;
            csrfToken: string;
            /** Format: date-time */
            expiresAt: string;
            /**
             * Format: date-time
             * @description When the password was last verified.
             */
            lastVerifiedAt: string;
            /** @description Whether it was ended by an operation or has expired. */
            ended: boolean;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description Only in the response of create-session and complete-session, and of set-session-verified if it is new. */
            token?: string;
            /**
             * Format: date-time
             * @description When a second factor was used in it.
             */
            secondFactorAt?: string;
            /** Format: date-time */
            endedAt?: string;
            /** @description The address that signed in. */
            ipAddress?: string;
            /** @description The browser and system that signed in. */
            userAgent?: string;
            /**
             * Format: date-time
             * @description Updated at most once a minute.
             */
            lastSeenAt?: string;
        };
        AdministratorCreateResetCodeBody: {
            /**
             * @description The code to tell the person who is locked out.
             * @example K7PQ2MX9T4
             */
            "secret-code": string;
        };
        ServiceCreateResetCodeBody: {
            /**
             * @description The username of the account.
             * @example ada-example
             */
            username?: string;
        };
        UserCompleteSessionBody: {
            /** @description The challenge of create-session. */
            challenge: string;
            /**
             * @description The code that an authenticator app shows, or a recovery code.
             * @example 123456
             */
            code?: string;
            /** @description Instead of a code: what navigator.credentials returned for the passkeyOptions, as JSON (its toJSON()). */
            credential?: string;
        };
        UserConfirmSecondFactorBody: {
            /**
             * @description The code that an authenticator app shows.
             * @example 123456
             */
            code?: string;
            /** @description Instead of a code: what navigator.credentials returned for the passkeyOptions, as JSON (its toJSON()). */
            credential?: string;
        };
        UserCreateAccountBody: {
            /**
             * @description The name to sign in with.
             * @example ada-example
             */
            username: string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserCreateProfileBody: {
            /**
             * @description Text in one line, at most 255 characters.
             * @example Ada Example
             */
            "full-name": string;
            /**
             * Format: email
             * @description Text in one line, at most 255 characters.
             * @example ada@example.com
             */
            "contact-email": string;
            /**
             * @description Whether to make it the default profile of the account.
             * @enum {string}
             */
            default?: "true" | "false";
        };
        UserCreateResetCodeBody: {
            /**
             * @description The code to tell the person who is locked out.
             * @example K7PQ2MX9T4
             */
            "secret-code": string;
        };
        UserCreateSecondFactorBody: {
            /**
             * @description An authenticator app (totp), or a passkey.
             * @example totp
             * @enum {string}
             */
            "factor-type": "totp" | "passkey";
            /**
             * @description What its owner calls it. If it is empty, what kind it is.
             * @example My telephone
             */
            name?: string;
        };
        UserCreateSessionBody: {
            /**
             * @description The name to sign in with.
             * @example ada-example
             */
            username: string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
            /**
             * @description How long to stay signed in: hours (8 hours) or days (30 days). The default is 20 minutes.
             * @enum {string}
             */
            remember?: "hours" | "days";
        };
        UserResetAccountDeletedBody: {
            /**
             * @description The name to sign in with.
             * @example ada-example
             */
            username: string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserResetAccountPasswordBody: {
            /**
             * @description The name to sign in with.
             * @example ada-example
             */
            username: string;
            /**
             * @description The new password.
             * @example change-this
             */
            "new-password": string;
            /**
             * @description The code. One that Dashboard has generated may be sent without its hyphens, and in lower case.
             * @example K7PQ2MX9T4
             */
            "secret-code": string;
        };
        UserSetAccountDeletedBody: {
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserSetAccountPasswordBody: {
            /**
             * @description The new password.
             * @example change-this
             */
            "new-password": string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserSetAccountProfileBody: {
            /** @description The profile. */
            profileid: string;
        };
        UserSetAccountUsernameBody: {
            /**
             * @description The new name to sign in with.
             * @example ada-example
             */
            "new-username": string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserSetSessionVerifiedBody: {
            /**
             * @description The name to sign in with.
             * @example ada-example
             */
            username: string;
            /**
             * @description The password.
             * @example change-this
             */
            password: string;
        };
        UserUpdateProfileBody: {
            /**
             * @description Text in one line, at most 255 characters.
             * @example Ada Example
             */
            "full-name": string;
            /**
             * Format: email
             * @description Text in one line, at most 255 characters.
             * @example ada@example.com
             */
            "contact-email": string;
        };
        UserUpdateSecondFactorBody: {
            /**
             * @description What its owner calls it.
             * @example My telephone
             */
            name: string;
        };
        BadRequestError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "invalid-accountid" | "invalid-action" | "invalid-all" | "invalid-challenge" | "invalid-code" | "invalid-company-name" | "invalid-company-name-length" | "invalid-contact-email" | "invalid-credentialid" | "invalid-cursor" | "invalid-display-email" | "invalid-display-name" | "invalid-display-name-length" | "invalid-dob" | "invalid-expiry" | "invalid-factor-type" | "invalid-factorid" | "invalid-full-name" | "invalid-full-name-length" | "invalid-key" | "invalid-keys" | "invalid-limit" | "invalid-location" | "invalid-name" | "invalid-network" | "invalid-new-password" | "invalid-new-password-length" | "invalid-new-username" | "invalid-new-username-length" | "invalid-occupation" | "invalid-offset" | "invalid-password" | "invalid-password-length" | "invalid-phone" | "invalid-profileid" | "invalid-reader" | "invalid-request" | "invalid-reset-codeid" | "invalid-scope" | "invalid-secret-code" | "invalid-secret-code-length" | "invalid-sessionid" | "invalid-url" | "invalid-username" | "invalid-username-length" | "invalid-wait" | "invalid-webhookid" | "invalid-website" | "weak-password";
            /** @description One sentence for people. */
            detail: string;
        };
        UnauthorizedError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "invalid-challenge" | "invalid-code" | "invalid-credential" | "invalid-credentials" | "invalid-password" | "invalid-reset-code" | "invalid-username" | "second-factor-required";
            /** @description One sentence for people. */
            detail: string;
            /** @description For complete-session, within five minutes. */
            challenge?: string;
            /** @description What complete-session can take. */
            factors?: ("totp" | "passkey" | "recovery-code")[];
            /** @description PublicKeyCredentialRequestOptionsJSON (WebAuthn), if the account has a passkey. */
            passkeyOptions?: {
                [key: string]: unknown;
            };
        };
        SignInRequired: {
            /** @constant */
            object: "auth";
            /** @constant */
            message: "Sign in required";
        };
        AuthenticationError: components["schemas"]["SignInRequired"] | components["schemas"]["UnauthorizedError"];
        ForbiddenError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "administrator-required" | "insufficient-scope" | "invalid-account" | "invalid-condition" | "invalid-network" | "invalid-origin" | "invalid-session" | "owner-required" | "permission-denied" | "registration-disabled" | "second-factor-enrolment-required" | "verification-required";
            /** @description One sentence for people. */
            detail: string;
        };
        AdministratorRequired: {
            /** @constant */
            object: "auth";
            /** @constant */
            message: "Administrator required";
        };
        AuthorizationError: components["schemas"]["AdministratorRequired"] | components["schemas"]["ForbiddenError"];
        NotFoundError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "invalid-accountid" | "invalid-credentialid" | "invalid-deliveryid" | "invalid-eventid" | "invalid-factorid" | "invalid-profileid" | "invalid-reset-codeid" | "invalid-route" | "invalid-sessionid" | "invalid-username" | "invalid-webhookid";
            /** @description One sentence for people. */
            detail: string;
        };
        ConflictError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "duplicate-username" | "invalid-account" | "invalid-credential" | "invalid-factor" | "invalid-profile" | "invalid-session" | "invalid-webhook" | "readers-behind" | "too-many-reset-codes" | "too-many-second-factors";
            /** @description One sentence for people. */
            detail: string;
        };
        GoneError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "feed-overtaken" | "feed-restarted";
            /** @description One sentence for people. */
            detail: string;
        };
        ContentTooLargeError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "invalid-request-length";
            /** @description One sentence for people. */
            detail: string;
        };
        UnsupportedMediaTypeError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "invalid-content-type";
            /** @description One sentence for people. */
            detail: string;
        };
        TooManyRequestsError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "account-locked" | "too-many-requests";
            /** @description One sentence for people. */
            detail: string;
        };
        InternalServerError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "unknown-error";
            /** @description One sentence for people. */
            detail: string;
        };
        ServiceUnavailableError: {
            /** @constant */
            object: "error";
            /**
             * @description The code.
             * @enum {string}
             */
            message: "service-unavailable";
            /** @description One sentence for people. */
            detail: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "administrator-account": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-accounts": {
        parameters: {
            query?: {
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-administrator-accounts": {
        parameters: {
            query?: {
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-administrator-accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-create-reset-code": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdministratorCreateResetCodeBody"];
            };
        };
        responses: never;
    };
    "administrator-delete-account": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-delete-reset-code": {
        parameters: {
            query: {
                /** @description The reset code. */
                codeid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-deleted-accounts": {
        parameters: {
            query?: {
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-deleted-accounts-count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-events": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
                /** @description Only events of this operation, by the name of its route. If it is empty, all; if it is unknown, none. */
                action?: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-events-count": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
                /** @description Only events of this operation, by the name of its route. If it is empty, all; if it is unknown, none. */
                action?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-metric-keys": {
        parameters: {
            query: {
                /** @description The metrics, separated by commas: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD. */
                keys: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-profile": {
        parameters: {
            query: {
                /** @description The profile. */
                profileid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-profiles": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-profiles-count": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-remove-second-factors": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-account-administrator": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-account-deleted": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-code": {
        parameters: {
            query: {
                /** @description The reset code. */
                codeid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-codes": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-codes-count": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-reset-session-key": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-session": {
        parameters: {
            query: {
                /** @description The session. */
                sessionid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-sessions": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-sessions-count": {
        parameters: {
            query?: {
                /** @description Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none. */
                accountid?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-set-account-administrator": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-set-account-deleted": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-set-owner-account": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "administrator-set-session-ended": {
        parameters: {
            query: {
                /** @description The session. */
                sessionid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    check: {
        parameters: {
            query?: {
                /** @description The account must be an administrator's. */
                administrator?: "";
                /** @description The account must be the owner's. */
                owner?: "";
                /** @description The password must have been verified within so many seconds. */
                verified?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    errors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    feed: {
        parameters: {
            query?: {
                /** @description The cursor that the call before has returned; `beginning` for all events that are kept, or a time for those since. Without it, the feed begins now. */
                after?: string;
                /** @description How many seconds to wait where there are no events after the cursor yet. */
                wait?: number;
                /** @description Only events of these operations, by the names of their routes, separated by commas. */
                action?: string;
                /** @description How many events to return at most. */
                limit?: number;
                /** @description A name under which what `after` has not passed yet is kept from `purge_events`. */
                reader?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "service-create-reset-code": {
        parameters: {
            query?: {
                /** @description The account; without it, username names it. */
                accountid?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ServiceCreateResetCodeBody"];
            };
        };
        responses: never;
    };
    "service-credential": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-account": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-complete-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCompleteSessionBody"];
            };
        };
        responses: never;
    };
    "user-confirm-second-factor": {
        parameters: {
            query: {
                /** @description The second factor. */
                factorid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UserConfirmSecondFactorBody"];
            };
        };
        responses: never;
    };
    "user-create-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateAccountBody"];
            };
        };
        responses: never;
    };
    "user-create-profile": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateProfileBody"];
            };
        };
        responses: never;
    };
    "user-create-recovery-codes": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-create-reset-code": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateResetCodeBody"];
            };
        };
        responses: never;
    };
    "user-create-second-factor": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateSecondFactorBody"];
            };
        };
        responses: never;
    };
    "user-create-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserCreateSessionBody"];
            };
        };
        responses: never;
    };
    "user-delete-profile": {
        parameters: {
            query: {
                /** @description The profile. */
                profileid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-delete-reset-code": {
        parameters: {
            query: {
                /** @description The reset code. */
                codeid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-delete-second-factor": {
        parameters: {
            query: {
                /** @description The second factor. */
                factorid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-end-other-sessions": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-events": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-events-count": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-export-account": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-profile": {
        parameters: {
            query: {
                /** @description The profile. */
                profileid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-profiles": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-profiles-count": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-recovery-codes-count": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-reset-account-deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserResetAccountDeletedBody"];
            };
        };
        responses: never;
    };
    "user-reset-account-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserResetAccountPasswordBody"];
            };
        };
        responses: never;
    };
    "user-reset-code": {
        parameters: {
            query: {
                /** @description The reset code. */
                codeid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-reset-codes": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-reset-codes-count": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-reset-session-key": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-second-factors": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-session": {
        parameters: {
            query?: {
                /** @description The session. Without it, the session that makes the request, unless OWN_SESSION_WITHOUT_ID is false. */
                sessionid?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-sessions": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
                /** @description How many rows to skip. */
                offset?: number;
                /** @description How many rows to return. */
                limit?: number;
                /** @description Whether to return all rows, streamed. */
                all?: boolean;
                /** @description The id of the row that the page comes after; the Link header of a page gives the next one. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-sessions-count": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-set-account-deleted": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSetAccountDeletedBody"];
            };
        };
        responses: never;
    };
    "user-set-account-password": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSetAccountPasswordBody"];
            };
        };
        responses: never;
    };
    "user-set-account-profile": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSetAccountProfileBody"];
            };
        };
        responses: never;
    };
    "user-set-account-username": {
        parameters: {
            query: {
                /** @description The account. */
                accountid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSetAccountUsernameBody"];
            };
        };
        responses: never;
    };
    "user-set-session-ended": {
        parameters: {
            query: {
                /** @description The session. */
                sessionid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    "user-set-session-verified": {
        parameters: {
            query: {
                /** @description The session. */
                sessionid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserSetSessionVerifiedBody"];
            };
        };
        responses: never;
    };
    "user-update-profile": {
        parameters: {
            query: {
                /** @description The profile. */
                profileid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserUpdateProfileBody"];
            };
        };
        responses: never;
    };
    "user-update-second-factor": {
        parameters: {
            query: {
                /** @description The second factor. */
                factorid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserUpdateSecondFactorBody"];
            };
        };
        responses: never;
    };
}

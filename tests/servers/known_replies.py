"""Replies of real servers in short, each with the diagnosis it must get.

Written from the public documentation that the catalogue's files name as their sources. A line is:
id, host, stage, “+” after a sign-in, “-” without, “o” with an OAuth 2 token; then the reply, its
lines parted by “ / ”. Of a token endpoint (stage “token”): its error and description.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from loopmail.oauth.endpoint import TokenRefused, access_token_of
from loopmail.smtp.verdict import Stage, TranscriptLine, Verdict


class KnownReply(NamedTuple):
    """A reply, at which stage and after what sign-in it came, and its diagnosis."""

    id: str
    host: str
    stage: str
    sign_in: str
    text: str


_ROWS = r"""
gmail-app-password|smtp.gmail.com|auth|-|535-5.7.8 Username and Password not accepted / 535 5.7.8 gsmtp
gmail-app-password|smtp.gmail.com|auth|-|534-5.7.9 Application-specific password required / 534 5.7.9 gsmtp
gmail-app-password|smtp.googlemail.com|auth|-|534 5.7.14 Please log in via your web browser
oauth-token|smtp.gmail.com|auth|o|535 5.7.8 Username and Password not accepted
too-many-logins|smtp.gmail.com|auth|-|454 4.7.0 Too many login attempts, please try again later
auth-temporary|smtp.gmail.com|auth|-|454 4.7.0 Cannot authenticate due to temporary system problem
wrong-auth-method|smtp.gmail.com|auth|-|504 5.7.4 Unrecognized Authentication Type
auth-needs-tls|smtp.gmail.com|mail|-|530 5.7.0 Must issue a STARTTLS command first
not-signed-in|smtp.gmail.com|mail|-|530 5.7.0 Authentication Required
daily-limit|smtp.gmail.com|data|+|550 5.4.5 Daily user sending limit exceeded
daily-limit|smtp.gmail.com|rcpt|+|550 5.4.5 Daily sending quota exceeded
daily-limit|smtp-relay.gmail.com|rcpt|+|550 5.7.1 Daily SMTP relay limit exceeded for user
daily-limit|smtp-relay.gmail.com|mail|+|550-5.7.1 Daily SMTP relay sending limit / 550 5.7.1 exceeded for this customer
too-large|smtp.gmail.com|data|+|552 5.3.4 Your message exceeded the size limits
content-refused|smtp.gmail.com|data|+|552-5.7.0 This message was blocked because its content presents a / 552 5.7.0 potential security issue
content-refused|gmail-smtp-in.l.google.com|data|-|552 5.7.0 blocked: security issue
temporary-failure|smtp.gmail.com|data|+|421 4.3.0 Temporary System Problem
temporary-failure|smtp.gmail.com|mail|+|451 4.3.0 Mail server temporarily rejected message
ip-not-allowed|smtp-relay.gmail.com|mail|-|550 5.7.1 Invalid credentials for relay [192.0.2.4]
ip-not-allowed|smtp-relay.gmail.com|rcpt|-|550 5.7.0 Mail relay denied [192.0.2.4]
ehlo-name-refused|smtp-relay.gmail.com|ehlo|-|421 4.7.0 Try again later, closing connection. (EHLO)
too-many-recipients|smtp.gmail.com|rcpt|+|452 4.5.3 Your message has too many recipients
recipient-unknown|gmail-smtp-in.l.google.com|rcpt|-|550-5.1.1 The account you tried to reach / 550 5.1.1 does not exist
recipient-unknown|gmail-smtp-in.l.google.com|rcpt|-|550 5.2.1 The account is disabled
mailbox-full|gmail-smtp-in.l.google.com|rcpt|-|452 4.2.2 The account is over quota
mailbox-full|gmail-smtp-in.l.google.com|rcpt|-|552 5.2.2 The account is over its storage quota
rate-limited|gmail-smtp-in.l.google.com|rcpt|-|450 4.2.1 The user is receiving mail at a rate
rate-limited|gmail-smtp-in.l.google.com|data|-|421 4.7.28 Our system has detected an unusual rate
dmarc|gmail-smtp-in.l.google.com|data|-|550 5.7.26 Unauthenticated email is not accepted
dmarc|gmail-smtp-in.l.google.com|data|-|550 5.7.27 SPF check did not pass
dmarc|gmail-smtp-in.l.google.com|data|-|421 4.7.30 DKIM did not pass
reverse-name-missing|gmail-smtp-in.l.google.com|data|-|550 5.7.25 The sending IP has no PTR record
auth-needs-tls|gmail-smtp-in.l.google.com|mail|-|421 4.7.29 No TLS on this connection
blocklisted|gmail-smtp-in.l.google.com|data|-|550 5.7.1 suspicious due to the very low reputation of the IP
content-refused|gmail-smtp-in.l.google.com|data|-|550 5.7.1 likely unsolicited mail; UnsolicitedMessageError
smtp-auth-disabled|smtp.office365.com|auth|-|535 5.7.139 SmtpClientAuthentication is disabled for the Tenant
smtp-auth-disabled|smtp.office365.com|auth|o|535 5.7.139 SmtpClientAuthentication is disabled for the Mailbox
microsoft-basic-auth-ended|smtp.office365.com|auth|-|550 5.7.30 Basic authentication is not supported for Client Submission
microsoft-basic-auth-ended|smtp-mail.outlook.com|auth|-|535 5.7.139 basic authentication is disabled
security-defaults|smtp.office365.com|auth|-|535 5.7.139 the request did not meet the criteria
security-defaults|smtp.office365.com|auth|-|535 5.7.139 user is locked by your organization's security defaults policy
account-blocked|smtp.office365.com|auth|-|535 5.7.139 the user account is disabled
wrong-password|smtp.office365.com|auth|-|535 5.7.139 the user credentials were incorrect
microsoft-auth|smtp.office365.com|auth|-|535 5.7.3 Authentication unsuccessful
oauth-scope|smtp.office365.com|auth|o|535 5.7.3 Authentication unsuccessful
wrong-auth-method|smtp.office365.com|auth|-|504 5.7.4 Unrecognized authentication type
auth-needs-tls|smtp.office365.com|mail|-|451 5.7.3 STARTTLS is required to send mail
not-signed-in|smtp.office365.com|mail|-|530 5.7.57 Client not authenticated to send mail
not-signed-in|smtp.office365.com|mail|-|530 5.7.57 Client was not authenticated to send anonymous mail
microsoft-send-as|smtp.office365.com|data|+|554 5.2.252 SendAsDenied; not allowed to send as
microsoft-send-as|smtp.office365.com|data|+|550 5.7.60 Client does not have permissions to send as this sender
connection-limit|smtp.office365.com|data|+|432 4.3.2 Concurrent connections limit exceeded
connection-limit|smtp.office365.com|mail|+|432 4.3.2 sender thread limit exceeded
daily-limit|smtp.office365.com|data|+|554 5.2.0 RecipientLimitExceeded
account-blocked|smtp.office365.com|data|+|550 5.1.8 bad outbound sender
account-blocked|smtp.office365.com|data|+|550 5.7.501 Access denied, spam abuse detected
account-blocked|smtp.office365.com|data|+|550 5.7.705 Access denied, tenant has exceeded threshold
sender-malformed|smtp.office365.com|mail|+|501 5.1.7 Invalid address
too-many-recipients|smtp.office365.com|rcpt|+|452 4.5.3 Too many recipients
too-large|smtp.office365.com|data|+|552 5.3.4 Message size exceeds fixed maximum
relay-denied|example.mail.protection.outlook.com|rcpt|-|550 5.7.54 Unable to relay recipient in non-accepted domain
ip-not-allowed|example.mail.protection.outlook.com|mail|-|550 5.7.51 TenantInboundAttribution; connector restrict
recipient-unknown|example.mail.protection.outlook.com|rcpt|-|550 5.4.1 Recipient address rejected: Access denied
recipient-unknown|example.mail.protection.outlook.com|rcpt|-|550 5.1.10 RecipientNotFound
recipient-unknown|outlook-com.olc.protection.outlook.com|rcpt|-|550 5.5.0 mailbox unavailable (S2017062302)
blocklisted|outlook-com.olc.protection.outlook.com|mail|-|550 5.7.1 part of their network is on our block list (S3150)
blocklisted|example.mail.protection.outlook.com|rcpt|-|550 5.7.606 Access denied, banned sending IP
rate-limited|outlook-com.olc.protection.outlook.com|rcpt|-|451 4.7.650 temporarily rate limited due to IP reputation
dmarc|example.mail.protection.outlook.com|data|-|550 5.7.509 domain does not pass DMARC verification
dmarc|outlook-com.olc.protection.outlook.com|data|-|550 5.7.515 domain does not meet the required authentication level
content-refused|example.mail.protection.outlook.com|data|-|550 5.7.1 TRANSPORT.RULES.RejectMessage
content-refused|example.mail.protection.outlook.com|data|-|554 5.7.0 identified as spam
wrong-kind-of-key|email-smtp.us-east-1.amazonaws.com|auth|-|535 Authentication Credentials Invalid
not-signed-in|email-smtp.us-east-1.amazonaws.com|mail|-|530 Authentication required
auth-needs-tls|email-smtp.us-east-1.amazonaws.com|mail|-|530 Must issue a STARTTLS command first
sandbox|email-smtp.us-east-1.amazonaws.com|data|+|554 Email address is not verified. identities failed the check in region US-EAST-1: b@example.org
sandbox|email-smtp.us-east-1.amazonaws.com|data|+|554 identities failed the check in region US-EAST-1: app@example.com, b@example.org
sender-not-verified|email-smtp.us-east-1.amazonaws.com|data|+|554 Email address is not verified. identities failed the check in region US-EAST-1: app@example.com
daily-limit|email-smtp.us-east-1.amazonaws.com|data|+|454 Throttling failure: Daily message quota exceeded
rate-limited|email-smtp.us-east-1.amazonaws.com|data|+|454 Throttling failure: Maximum sending rate exceeded
key-permission|email-smtp.us-east-1.amazonaws.com|data|+|554 User is not authorized to perform ses:SendRawEmail
account-blocked|email-smtp.us-east-1.amazonaws.com|data|+|554 Sending paused for this account
provider-setting|email-smtp.us-east-1.amazonaws.com|data|+|554 Configuration set does not exist
message-malformed|email-smtp.us-east-1.amazonaws.com|data|+|554 Transaction failed: Illegal header 'X'
connection-limit|email-smtp.us-east-1.amazonaws.com|greeting|-|421 Too many concurrent SMTP connections
wrong-kind-of-key|smtp.sendgrid.net|auth|-|535 Authentication failed: Bad username / password
wrong-kind-of-key|smtp.sendgrid.net|auth|-|535 authorization grant is invalid, expired, or revoked
daily-limit|smtp.sendgrid.net|auth|-|451 Authentication failed: Maximum credits exceeded
daily-limit|smtp.sendgrid.net|auth|-|535 Maximum credits exceeded
account-blocked|smtp.sendgrid.net|auth|-|535 account disabled
ip-not-allowed|smtp.sendgrid.net|auth|-|535 The requestor's IP Address is not whitelisted
sender-not-verified|smtp.sendgrid.net|data|+|550 from address does not match a verified Sender Identity
sender-not-verified|smtp.sendgrid.net|data|+|550 not authorized to send from that address
not-signed-in|smtp.sendgrid.net|mail|-|550 Unauthenticated senders not allowed
wrong-kind-of-key|smtp.mailgun.org|auth|-|535 5.7.0 Invalid login or password
wrong-kind-of-key|smtp.eu.mailgun.org|auth|-|535 Authentication failed
sandbox|smtp.mailgun.org|data|+|421 not allowed to send: Sandbox subdomains are for test purposes only
sandbox|smtp.mailgun.org|data|+|554 Free accounts are for test purposes only
account-blocked|smtp.mailgun.org|data|+|421 Please activate your Mailgun account
account-blocked|smtp.mailgun.org|data|+|421 not allowed to send: Account disabled
not-signed-in|smtp.mailgun.org|mail|-|550 5.7.1 Authentication required
wrong-kind-of-key|in-v3.mailjet.com|auth|-|535 5.7.8 Authentication failed
sender-not-verified|in-v3.mailjet.com|mail|+|550 5.1.0 not a validated sender
account-blocked|in-v3.mailjet.com|data|+|550 account temporarily blocked
wrong-kind-of-key|smtp.postmarkapp.com|auth|-|535 5.7.8 Invalid token
sender-not-verified|smtp.postmarkapp.com|data|+|550 5.7.1 is not a Sender Signature on your account
recipient-suppressed|smtp.postmarkapp.com|data|+|550 5.7.1 recipients that have been marked as inactive
sandbox|smtp.postmarkapp.com|data|+|550 5.7.1 While your account is pending approval
wrong-kind-of-key|smtp.resend.com|auth|-|535 API key is invalid
sandbox|smtp.resend.com|data|+|550 You can only send testing emails to your own email address
sender-not-verified|smtp.resend.com|data|+|550 The domain is not verified
rate-limited|smtp.resend.com|data|+|450 Too many requests
daily-limit|smtp.resend.com|data|+|450 daily email sending quota
daily-limit|smtp.resend.com|data|+|450 monthly quota reached
key-permission|smtp.resend.com|data|+|550 This key is restricted
wrong-kind-of-key|smtp-relay.brevo.com|auth|-|535 5.7.8 Authentication failed
account-blocked|smtp-relay.brevo.com|auth|-|502 5.7.0 Your SMTP account is not yet activated
ip-not-allowed|smtp-relay.brevo.com|auth|-|525 5.7.1 Unauthorized IP address
sender-not-verified|smtp-relay.brevo.com|data|+|550 sender is not valid
wrong-kind-of-key|smtp.sparkpostmail.com|auth|-|535 5.7.8 Sorry.
sender-not-verified|smtp.sparkpostmail.com|data|+|550 5.7.1 Unconfigured Sending Domain
daily-limit|smtp.sparkpostmail.com|data|+|550 5.7.1 sending limit exceeded
wrong-kind-of-key|smtp.mandrillapp.com|auth|-|535 Incorrect username or API key
relay-denied|smtp.mandrillapp.com|rcpt|-|454 4.7.1 Relay access denied
wrong-kind-of-key|sandbox.smtp.mailtrap.io|auth|-|535 5.7.0 Invalid credentials
daily-limit|live.smtp.mailtrap.io|auth|-|535 5.7.0 The email limit is reached
rate-limited|sandbox.smtp.mailtrap.io|data|+|550 5.7.0 Too many emails per second
sandbox|live.smtp.mailtrap.io|data|+|550 5.7.1 Demo domains are for account owners
sender-not-verified|live.smtp.mailtrap.io|data|+|550 5.7.1 Sending from domain is not allowed
not-signed-in|live.smtp.mailtrap.io|mail|-|530 5.7.1 Authentication required
wrong-kind-of-key|smtp.zoho.com|auth|-|535 Authentication Failed
wrong-kind-of-key|smtp.zoho.eu|auth|-|535 5.7.8 Authentication Failed
sender-not-allowed|smtp.zoho.com|data|+|553 Relaying disallowed as app@example.com
account-blocked|smtp.zoho.com|data|+|550 5.4.6 Unusual sending activity detected
account-blocked|smtp.zoho.com|mail|+|554 5.1.8 Sender Address Blocked
auth-needs-tls|smtp.zeptomail.com|mail|-|530 Must issue a STARTTLS command first
wrong-kind-of-key|smtp.zeptomail.com|auth|-|535 Authentication Failed
wrong-kind-of-key|smtp.mail.yahoo.com|auth|-|535 5.7.0 (#AUTH005) Too many
wrong-kind-of-key|smtp.mail.yahoo.com|auth|-|535 5.7.0 Authentication failed
too-many-logins|smtp.mail.yahoo.com|auth|-|535 5.7.0 (#AUTH005) Too many bad auth attempts
message-refused|smtp.mail.yahoo.com|data|+|554 6.6.0 Error sending message for delivery
rate-limited|mta5.am0.yahoodns.net|greeting|-|421 4.7.0 [TSS04] temporarily deferred due to user complaints
blocklisted|mta5.am0.yahoodns.net|greeting|-|553 5.7.1 [BL21] Connections will not be accepted
recipient-unknown|mta5.am0.yahoodns.net|rcpt|-|552 1 mailbox not found
dmarc|mta5.am0.yahoodns.net|data|-|554 5.7.9 Message not accepted: DMARC
wrong-kind-of-key|smtp.mail.me.com|auth|-|535 5.7.8 Error: authentication failed
sender-not-allowed|smtp.mail.me.com|mail|+|550 5.7.0 From address is not one of your addresses
blocklisted|mx01.mail.icloud.com|rcpt|-|554 5.7.1 [HM08] Message rejected
wrong-kind-of-key|smtp.fastmail.com|auth|-|535 5.7.0 Incorrect username or password
sender-not-allowed|smtp.fastmail.com|data|+|551 5.7.1 Not authorised to send from this header address
message-malformed|smtp.fastmail.com|data|+|551 5.7.1 Multiple addresses in a From header
wrong-kind-of-key|mail.gmx.net|auth|-|535 Authentication credentials invalid
wrong-kind-of-key|smtp.web.de|auth|-|535 Authentication credentials invalid
rate-limited|mail.gmx.net|rcpt|+|450-mailbox unavailable / 450 Mail send limit exceeded
sender-not-allowed|mail.gmx.net|mail|+|550 Sender address is not allowed
reverse-name-missing|mx00.gmx.net|greeting|-|554-No SMTP service / 554 Bad DNS PTR resource record
recipient-unknown|mx00.gmx.net|rcpt|-|550 mailbox unavailable
dmarc|mx00.gmx.net|data|-|550 see https://postmaster.gmx.net/case?c=spf
wrong-kind-of-key|smtp.ionos.de|auth|-|535 Authentication credentials invalid
recipient-unknown|smtp.ionos.com|rcpt|+|550 Requested action not taken: mailbox unavailable
wrong-kind-of-key|smtp.yandex.com|auth|-|535 5.7.8 invalid user or password
smtp-auth-disabled|smtp.yandex.ru|auth|-|535 5.7.8 This user does not have access rights to this service
sender-not-allowed|smtp.yandex.ru|mail|+|553 5.7.1 Sender address rejected: not owned by auth user
content-refused|smtp.yandex.ru|data|+|554 5.7.1 rejected under suspicion of SPAM
wrong-kind-of-key|smtp.qq.com|auth|-|535 Login Fail. Please enter your authorization code
too-many-logins|smtp.qq.com|auth|-|535 Login frequency limited
content-refused|smtp.qq.com|data|+|550 Mail content denied
rate-limited|smtp.qq.com|mail|+|550 Sender frequency limited
sender-not-allowed|smtp.qq.com|mail|+|501 mail from address must be same as authorization user
smtp-auth-disabled|smtp.163.com|auth|-|550 User has no permission
wrong-kind-of-key|smtp.163.com|auth|-|535 Error: authentication failed
account-blocked|smtp.163.com|auth|-|550 User suspended
sender-not-allowed|smtp.163.com|mail|+|553 Mail from must equal authorized user
content-refused|smtp.163.com|data|+|554 DT:SPM 163 smtp5
rate-limited|smtp.126.com|rcpt|+|450 MI:CEL 126 smtp1
wrong-kind-of-key|smtp.mail.ru|auth|-|535 5.7.0 Application password is REQUIRED
sender-not-allowed|smtp.mail.ru|mail|+|550 not local sender over smtp
rate-limited|smtp.mail.ru|rcpt|+|451 Ratelimit exceeded for mailbox
rate-limited|ssl0.ovh.net|rcpt|+|553 sorry, too many emails (#5.7.1)
wrong-password|ssl0.ovh.net|auth|-|535 5.7.1 Authentication failed
sender-not-allowed|127.0.0.1|data|+|554 5.0.0 transaction failed: invalid return path
wrong-kind-of-key|smtp.protonmail.ch|auth|-|535 5.7.8 authentication failed
wrong-password|mail.example.com|auth|-|535 5.7.8 Error: authentication failed
wrong-password|mail.example.com|auth|-|535 Incorrect authentication data
wrong-password|mail.example.com|auth|-|535 authorization failed (#5.7.0)
wrong-auth-method|mail.example.com|auth|-|503 AUTH command used when not advertised
wrong-auth-method|mail.example.com|auth|-|504 unknown auth type
auth-temporary|mail.example.com|auth|-|454 4.7.0 Temporary authentication failure
connection-limit|mail.example.com|auth|-|421 4.7.0 too many connections
auth-needs-tls|mail.example.com|auth|-|538 5.7.11 Encryption required
account-blocked|mail.example.com|auth|-|535 5.7.8 account is locked
relay-denied|mail.example.com|rcpt|-|554 5.7.1 <b@example.org>: Relay access denied
relay-denied|mail.example.com|rcpt|-|454 4.7.1 <b@example.org>: Relay access denied
relay-denied|mail.example.com|rcpt|+|554 5.7.1 <b@example.org>: Relay access denied
relay-denied|mail.example.com|rcpt|-|550 relay not permitted
relay-denied|mail.example.com|rcpt|-|550 5.7.1 Relaying denied
relay-denied|mail.example.com|rcpt|-|553 domain isn't in my list of allowed rcpthosts
relay-denied|mail.example.com|rcpt|-|550 5.7.1 Unable to relay
recipient-unknown|mail.example.com|rcpt|+|550 5.1.1 <b@example.org>: User unknown in local recipient table
recipient-unknown|mail.example.com|rcpt|-|550 Unrouteable address
recipient-unknown|mail.example.com|rcpt|+|550 No such user here
recipient-unknown|mail.example.com|rcpt|+|450 4.1.2 Recipient address rejected: Domain not found
recipient-unknown|mail.example.com|rcpt|-|511 sorry, no mailbox here by that name (#5.1.1)
recipient-malformed|mail.example.com|rcpt|+|501 5.1.3 Bad recipient address syntax
recipient-malformed|mail.example.com|rcpt|-|501 malformed address
mailbox-full|mail.example.com|rcpt|-|452 4.2.2 mailbox full
mailbox-full|mail.example.com|data|+|552 5.2.2 Quota exceeded
mailbox-full|mail.example.com|rcpt|-|550 mailbox is full
greylisted|mail.example.com|rcpt|-|450 4.2.0 Recipient address rejected: Greylisted
greylisted|mail.example.com|rcpt|-|451 Greylisted, please try again
greylisted|mail.example.com|data|-|451 4.7.1 Greylisting in action
greylisted|mx.mimecast.com|rcpt|-|451 Internal resource temporarily unavailable
greylisted|mail.example.com|rcpt|-|450 4.7.1 Please come back
sender-malformed|mail.example.com|mail|-|501 5.1.7 Bad sender address syntax
sender-malformed|mail.example.com|mail|+|501 syntax error in sender
sender-domain-unknown|mail.example.com|mail|-|450 4.1.8 Sender address rejected: Domain not found
sender-domain-unknown|mail.example.com|mail|-|553 5.1.8 Domain of sender address does not exist
sender-domain-unknown|mail.example.com|rcpt|-|550 Sender verify failed
not-signed-in|mail.example.com|rcpt|-|553 5.7.1 Sender address rejected: not logged in
sender-not-allowed|mail.example.com|rcpt|+|553 5.7.1 Sender address rejected: not owned by user
sender-not-allowed|mail.example.com|mail|+|550 sender does not match the sign-in
ehlo-name-refused|mail.example.com|rcpt|-|504 5.5.2 Helo command rejected: need fully-qualified hostname
ehlo-name-refused|mail.example.com|rcpt|-|550 5.7.1 Helo command rejected: Host not found
ehlo-name-refused|mail.example.com|ehlo|-|501 Syntactically invalid EHLO argument(s)
ehlo-name-refused|mail.example.com|ehlo|-|550 Host names have more than one DNS label
ehlo-name-refused|mail.example.com|ehlo|-|501 5.5.4 Invalid domain name
reverse-name-missing|mail.example.com|rcpt|-|450 4.7.25 cannot find your hostname
reverse-name-missing|mail.example.com|rcpt|-|550 reverse DNS lookup failed
blocklisted|mx.example.org|rcpt|-|554 5.7.1 Client host blocked using zen.spamhaus.org
blocklisted|mx.example.org|greeting|-|554 blocked, see https://ipcheck.proofpoint.com
blocklisted|mx.example.org|rcpt|-|553 5.3.0 see spamcop.net
blocklisted|mx.example.org|rcpt|-|550 found in b.barracudacentral.org DNSBL
blocklisted|mx.example.org|rcpt|-|554 5.7.1 listed at dnsbl.sorbs.net
blocklisted|mx.example.org|rcpt|-|550 5.7.1 rejected by UCEPROTECT
blocklisted|mx.example.org|rcpt|-|550 blacklisted at Abusix
connection-limit|mail.example.com|greeting|-|421 4.3.2 maximum number of concurrent connections
connection-limit|mail.example.com|greeting|-|421 4.7.0 Error: too many connections
connection-limit|mail.example.com|greeting|-|421 Too many concurrent SMTP connections; please try again
rate-limited|mail.example.com|greeting|-|421 4.3.2 Connection rate limit exceeded
rate-limited|mail.example.com|mail|-|450 4.7.1 Error: too much mail from 192.0.2.4
rate-limited|mail.example.com|mail|+|451 4.7.1 hourly limit reached
rate-limited|mail.example.com|data|+|550 sending too fast, slow down
too-many-recipients|mail.example.com|rcpt|+|452 4.5.3 Error: too many recipients
too-many-recipients|mail.example.com|rcpt|+|550 too many recipients
too-large|mail.example.com|mail|+|552 5.3.4 Message size exceeds fixed limit
too-large|mail.example.com|mail|+|552 message size exceeds maximum permitted
too-large|mail.example.com|data|+|552 exceeds my databytes limit (#5.3.4)
content-refused|mail.example.com|data|+|550 classified as SPAM
content-refused|mail.example.com|data|+|554 5.7.1 virus found
content-refused|mail.example.com|data|+|550 5.7.1 attachment type not allowed
message-malformed|mail.example.com|data|+|550 missing Date header
message-malformed|mail.example.com|data|+|550 5.6.0 does not conform to RFC 5322
message-malformed|mail.example.com|data|+|550 5.6.11 bare LF
message-malformed|mail.example.com|data|+|550 maximum line length exceeded: line is too long
temporary-failure|mail.example.com|mail|-|450 plugin timeout
temporary-failure|mail.example.com|mail|+|452 4.3.1 Insufficient system storage
temporary-failure|mail.example.com|data|+|451 4.3.0 queue file write error
temporary-failure|mail.example.com|data|+|451 qq trouble (#4.3.0)
temporary-failure|mail.example.com|rcpt|+|451 Temporary local problem
temporary-failure|mail.example.com|rcpt|+|451 4.3.0 Temporary lookup failure
recipient-server-fault|mail.example.com|rcpt|+|550 5.4.4 host not found for the recipient
auth-needs-tls|mail.example.com|mail|-|530 5.7.0 Must issue a STARTTLS command first
not-signed-in|mail.example.com|mail|-|530 5.7.1 Client was not authenticated
not-signed-in|mail.example.com|rcpt|-|530 5.7.1 Authentication required
too-many|mail.example.com|greeting|-|421 closing
dmarc|mail.example.com|data|-|550 5.7.1 rejected due to DMARC policy
oauth-expired|smtp.gmail.com|token|o|invalid_grant: Token has been expired or revoked.
oauth-expired|smtp.gmail.com|token|o|invalid_grant: Bad Request
oauth-client|smtp.gmail.com|token|o|unauthorized_client: Unauthorized
oauth-client|smtp.gmail.com|token|o|invalid_client: The OAuth client was not found.
oauth-client|smtp.gmail.com|token|o|deleted_client: The OAuth client was deleted.
oauth-consent|smtp.gmail.com|token|o|access_denied: Access denied
oauth-consent|smtp.gmail.com|token|o|admin_policy_enforced
oauth-scope|smtp.gmail.com|token|o|invalid_scope: Some scope is not valid
oauth-user|smtp.gmail.com|token|o|invalid_grant: Invalid email or User ID
private-key-line-ends|smtp.gmail.com|token|o|invalid_grant: Invalid JWT Signature.
clock-wrong|smtp.gmail.com|token|o|invalid_grant: Invalid JWT: Check your iat and exp values
private-key-line-ends|smtp.gmail.com|token|o|Can't generate token. Check your auth options
oauth-token|smtp.gmail.com|token|o|Can't create new access token for user
oauth-endpoint|smtp.gmail.com|token|o|The token endpoint's answer is not JSON: '<html>'
oauth-endpoint|smtp.gmail.com|token|o|unsupported_grant_type
oauth-expired|smtp.office365.com|token|o|invalid_grant: AADSTS70008: expired
oauth-expired|smtp.office365.com|token|o|invalid_grant: AADSTS700082: inactive
oauth-expired|smtp.office365.com|token|o|invalid_grant: AADSTS50173: grant revoked
oauth-expired|smtp.office365.com|token|o|invalid_grant: AADSTS50076: sign in again
oauth-client|smtp.office365.com|token|o|invalid_client: AADSTS7000215: secret
oauth-client|smtp.office365.com|token|o|invalid_client: AADSTS7000222: secret expired
oauth-client|smtp.office365.com|token|o|invalid_client: AADSTS7000218: secret missing
oauth-client|smtp.office365.com|token|o|unauthorized_client: AADSTS700016: application not found
oauth-consent|smtp.office365.com|token|o|invalid_grant: AADSTS65001: no consent
oauth-consent|smtp.office365.com|token|o|consent_required: AADSTS90094: administrator
oauth-scope|smtp.office365.com|token|o|invalid_scope: AADSTS70011: scope
oauth-scope|smtp.office365.com|token|o|invalid_request: AADSTS900144: scope
oauth-endpoint|smtp.office365.com|token|o|invalid_request: AADSTS90002: tenant
oauth-user|smtp.office365.com|token|o|invalid_grant: AADSTS50034: user
temporary-failure|smtp.office365.com|token|o|temporarily_unavailable
"""

KNOWN = [KnownReply(*line.split("|", 4)) for line in _ROWS.strip().splitlines()]

_STAGES: Mapping[str, Stage] = {"token": "auth", "end": "data"}
_LEADS = {
    "greeting": "Invalid greeting. response=",
    "auth": "Invalid login: ",
    "mail": "Mail command failed: ",
    "rcpt": "Can't send mail - all recipients were rejected: ",
    "data": "Message failed: ",
}
_CODES = {"auth": "EAUTH", "mail": "EENVELOPE", "rcpt": "EENVELOPE", "data": "EMESSAGE"}


def played(row: KnownReply) -> Verdict:
    """Return the verdict on a session that ended with this reply."""
    text = re.sub(r" / (?=\d{3}[ -])", "\n", row.text)
    if row.stage == "token":
        return Verdict(False, "failed", "auth", 3, "EAUTH", message=text)
    return _refused(row.stage, text, signed_in=row.sign_in == "+", oauth=row.sign_in == "o")


def collected(reply: Mapping[str, Any]) -> Verdict:
    """Return the verdict on a session that ended with a reply collected elsewhere."""
    if reply["kind"] == "oauth":
        return Verdict(False, "failed", "auth", 3, "EAUTH", message=_token_error(reply["body"]))
    text = "\n".join(reply["lines"])
    if reply["kind"] == "situation":
        return Verdict(False, "failed", reply["stage"], 3, message=text)
    return _refused(
        reply["stage"],
        text,
        signed_in=reply["signed_in"],
        oauth=reply.get("auth_type") == "oauth",
        banner=reply["banner"][0] if reply["banner"] else "220 mail ESMTP",
        name=reply["ehlo_name"] or "mail",
    )


def _token_error(body: Any) -> str:
    try:
        if isinstance(body, Mapping):
            access_token_of(body, {})
    except TokenRefused as error:
        return str(error)
    return f"The token endpoint's answer is not JSON: {body!r}"


def _refused(
    stage: str,
    text: str,
    *,
    signed_in: bool,
    oauth: bool,
    banner: str = "220 mail ESMTP",
    name: str = "mail",
) -> Verdict:
    reached = _STAGES.get(stage, cast(Stage, stage))
    lines = [("server", banner), ("client", "EHLO app"), ("server", f"250 {name}")]
    if signed_in or reached == "auth":
        lines.append(("client", f"AUTH {'XOAUTH2' if oauth else 'PLAIN'} ********"))
    if signed_in:
        lines.append(("server", "235 2.7.0 Accepted"))
    lines += [("client", "MAIL FROM:<app@example.com>"), ("client", "RCPT TO:<b@example.org>")]
    return Verdict(
        False,
        "failed",
        reached,
        3,
        _CODES.get(reached),
        None,
        int(text[:3]),
        _LEADS.get(reached, "") + text,
        text,
        transcript=tuple(TranscriptLine(0, cast(Any, who), said) for who, said in lines),
    )

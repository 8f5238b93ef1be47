"""What Kazoo's schemas say of the data of each module and of the documents beside callflows, for the sandbox.

A line is a key, its type, and what it is held to: ``name* string 1..128`` is required and has 1 to 128 characters, ``retries
integer =3 1..10`` is written as 3 where it is not said, ``scope string {device,user}`` is one of the two. ``media.greeting`` stands
inside ``media``, ``endpoints[].id`` in each item of ``endpoints``. ``|`` stands between types, a pattern between slashes.

From the schemas of Kazoo 4.3, and of Kazoo 5 for modules that 4.3 has not. Left out: what other
schemas say of parts (recording, caller ids, metaflows, media of endpoints), and ``oneOf`` beyond a choice of types.
"""

MODULES = r"""
[acdc_agent]
action string {login,logout,paused,resume}
presence_id string
presence_state string {early,confirmed,terminated,red_flash,red_solid,green}
timeout integer
[acdc_member]
id string
priority integer
[acdc_queue]
action string {login,logout}
id string
[acdc_wait_time]
id string
window integer
[after_bridge]
action string {park,transfer,hangup}
data boolean|string
[answer]
[audio_macro]
language string
macros array =[] 1..
macros[] object
macros[].macro* string {play,prompt,say,tts,tone}
terminators array =["1","2","3","4","5","6","7","8","9","*","0","#"]
terminators[] string
[branch_bnumber]
hunt boolean =false
hunt_allow string
hunt_deny string
[branch_variable]
scope string ="custom_channel_vars" {account,custom_channel_vars,device,merged,user}
variable* string =""
[call_forward]
action string {activate,deactivate,update,toggle,menu}
[call_pickup]
target_call_id string 1..
[call_waiting]
action string ="toggle" {activate,deactivate,toggle}
scope string ="device" {device,user}
[callflow]
id string
[camping_feature]
[check_cid]
caller_id object
caller_id.external object
caller_id.external.name string
caller_id.external.number string
regex string =".*"
use_absolute_mode boolean =false
user_id string
[cidlistmatch]
id string
[collect_dtmf]
collection_name string
interdigit_timeout integer 1..
max_digits integer =1 1..
terminator string ="#" {1,2,3,4,5,6,7,8,9,0,#,*}
terminators array unique
terminators[] string {1,2,3,4,5,6,7,8,9,0,#,*}
timeout integer =5000 1..
[conference]
config object
id string 32..32
moderator boolean
play_entry_tone boolean|string
play_exit_tone boolean|string
welcome_prompt object
welcome_prompt.media_id string
welcome_prompt.play boolean =true
[conference_feature]
config object
id string 32..32
moderator boolean
play_entry_tone boolean|string
play_exit_tone boolean|string
welcome_prompt object
welcome_prompt.media_id string
welcome_prompt.play boolean =true
[dead_air]
[detect_speech]
action string {start,stop}
asr_engine string
asr_params object
asr_settings object
[device]
can_call_self boolean
can_text_self boolean
custom_sip_headers object
delay integer =0
dial_strategy string ="simultaneous" {simultaneous,single}
id string
static_invite string
suppress_clid boolean
timeout integer =0
[directory]
id string
[disa]
enforce_call_restriction boolean =false
interdigit integer
max_digits integer =15
pin string =""
preconnect_audio string ="dialtone" {dialtone,ringing}
retries integer =3
ring_repeat_count integer =1
use_account_caller_id boolean
[do_not_disturb]
action string {activate,deactivate,toggle}
id string
[doorman]
call_timeout integer =30
caller_id_name string ="Doorman"
failover_strategy string ="hangup" {hangup,voicemail}
id* string
max_menu_attempts integer =3
origin string ="callflow\u0020:\u0020cf_doorman"
recording_limit integer =3
tones array
vmbox_id string
[dynamic_cid]
action string {list,lists,manual,static}
caller_id object
caller_id.name string
caller_id.number string
enforce_call_restriction boolean =true
id string
idx_name string
interdigit_timeout integer
max_digits integer
media_id string
min_digits integer
permit_custom_callflow boolean =false
whitelist_regex string
[eavesdrop]
approved_device_id string
approved_group_id string
approved_user_id string
device_id string
user_id string
[eavesdrop_feature]
approved_device_id string
approved_group_id string
approved_user_id string
group_id string
[edr]
[fax_detect]
duration integer
[faxbox]
faxbox_id string
id string
media object
media.fax_option boolean|string
[flush_dtmf]
collection_name string ="default"
[function]
id string
[group]
endpoints array =[]
endpoints[] string
fail_on_single_reject boolean
id string
ignore_forward boolean =true
repeats integer =1
ringback string
ringtones object
ringtones.external string
ringtones.internal string
strategy string ="simultaneous" {single,simultaneous}
timeout integer =20
[group_pickup]
approved_device_id string
approved_group_id string
approved_user_id string
device_id string
group_id string
user_id string
[group_pickup_feature]
approved_device_id string
approved_group_id string
approved_user_id string
device_id string
group_id string
type* string ="extension" {group,user,device,extension}
user_id string
[hangup]
[hotdesk]
action string {logout,login,toggle,bridge}
id string
interdigit_timeout integer
[intercept]
approved_device_id string
approved_group_id string
approved_user_id string
device_id string
group_id string
user_id string
[intercept_feature]
approved_device_id string
approved_group_id string
approved_user_id string
type string {user,device,extension}
[intercom]
barge_calls boolean
[language]
language* string /^[A-Za-z]{2}(-[A-Za-z]{2})?$/
[lookupcidname]
lists* array =[]
lists[] string
[manual_presence]
presence_id* string
status string ="idle" {idle,ringing,busy}
[menu]
id string
interdigit_timeout integer
[missed_call_alert]
recipients* array
recipients[] object
recipients[].id* string|array
recipients[].type* string {user,email}
[move]
[nomorobo]
password string 1..1000
username* string 1..1000
[noop]
[notification]
comments string
notification_media array
notification_media[] string {email,sms}
recipients* array =[]
recipients[] object
recipients[].id* string|array
recipients[].type* string {user,email}
send_at string ="channel_destroy" {callflow_exec,channel_destroy}
template_id string
[offnet]
bypass_e164 boolean
caller_id_type string ="external"
do_not_normalize boolean
dynamic_flags array
dynamic_flags[] string
emit_account_id boolean
format_from_uri boolean
from_uri_realm string
hunt_account_id string
ignore_early_media boolean =false
outbound_flags array =[]
outbound_flags[] string
resource_type string
ringback string
timeout integer
to_did string
use_local_resources boolean =true
[page_group]
audio* string ="one-way" {one-way,two-way}
barge_calls boolean
endpoints* array 1..
endpoints[] object
endpoints[].delay integer =0
endpoints[].endpoint_type* string {device,user,group}
endpoints[].id* string 1..128
endpoints[].timeout integer =20
endpoints[].weight integer 1..100
timeout integer =5
[park]
action string ="park" {direct_park,park,retrieve,auto}
custom_presence_id boolean =false
default_callback_timeout integer
default_presence_type string {early,terminated,confirmed}
default_ringback_timeout integer
max_slot_number integer
presence_id string
slot string
slots object ={}
[pivot]
cdr_url string /^https?:///
debug boolean =false
method string ="get" {get,post,GET,POST}
req_body_format string ="form" {form,json}
req_format string ="kazoo" {kazoo,twiml}
req_timeout_ms integer ..5000
voice_url* string /^https?:///
[play]
answer boolean
endless_playback boolean =false
id string
loop_count integer 1..
terminators array =["1","2","3","4","5","6","7","8","9","*","0","#"]
terminators[] string
[prepend_cid]
action string ="prepend" {reset,prepend}
apply_to string ="current" {original,current}
caller_id_name_prefix string =""
caller_id_number_prefix string =""
[privacy]
endpoint_strategy string ="overwrite" {overwrite,merge}
mode string ="full" {full,name,number,yes}
[receive_fax]
media object
media.fax_option string|boolean
owner_id string
[record_call]
action* string ="start" {start,stop}
format string {mp3,wav}
label string
media_name string
method string ="put" {put,post}
origin string
record_min_sec integer
record_on_answer boolean =false
record_on_bridge boolean =false
record_sample_rate integer
should_follow_transfer boolean =true
time_limit integer =3600 5..10800
url string
[record_caller]
format string {mp3,wav}
method string ="put" {put,post}
time_limit integer =3600 5..10800
url string
[resources]
bypass_e164 boolean
caller_id_type string ="external"
do_not_normalize boolean
dynamic_flags array
dynamic_flags[] string
emit_account_id boolean
format_from_uri boolean
from_uri_realm string
hunt_account_id string
ignore_early_media boolean =false
outbound_flags array =[]
outbound_flags[] string
resource_type string
ringback string
timeout integer
to_did string
use_local_resources boolean =true
[response]
code* integer =486
media string ..2048
message string
[ring_group]
endpoints* array 1..
endpoints[] object
endpoints[].delay integer =0
endpoints[].endpoint_type* string {device,user,group}
endpoints[].id* string 1..128
endpoints[].timeout integer =20
endpoints[].weight integer 1..100
fail_on_single_reject boolean
ignore_forward boolean =true
repeats integer =1 1..
ringback string
ringtones object
ringtones.external string
ringtones.internal string
strategy string ="simultaneous" {simultaneous,single,weighted_random}
timeout integer =20
[ring_group_toggle]
action* string {login,logout}
callflow_id* string
[route_to_cid]
can_call_self boolean
can_text_self boolean
cid_types array =["internal"] 1..
cid_types[] string
delay integer =0
endpoint_types array =[]
endpoint_types[] string
static_invite string
suppress_clid boolean
timeout integer =0
[send_dtmf]
digits* string
duration_ms integer|string ="2000"
[set]
[set_alert_info]
alert_info* string
[set_cid]
caller_id_name string =""
caller_id_number string =""
[set_variable]
channel string ="a" {a,both}
value string
variable string
[set_variables]
custom_application_vars* object ={}
export boolean
[skel]
[sleep]
duration integer =0 0..86400000
unit string ="s" {ms,s,m,h}
[temporal_route]
action string {menu,enable,disable,reset}
interdigit_timeout integer
rule_set string
rules array =[]
rules[] string
timezone string
[tones]
tones array
[transfer]
captures array =["no_match"]
captures[] string
leg string {self,bleg}
target string
transfer_type string ="blind" {attended,blind}
[tts]
endless_playback boolean
engine string {flite,google,ispeech,voicefabric}
language string
terminators array =["1","2","3","4","5","6","7","8","9","*","0","#"]
terminators[] string
text* string 1..1000
voice string ="female"
[user]
can_call_self boolean
can_text_self boolean
custom_sip_headers object
delay integer =0
fail_on_single_reject boolean
id string
static_invite string
strategy string ="simultaneous" {simultaneous,single}
suppress_clid boolean
timeout integer =20
[voicemail]
action string ="compose" {check,compose}
callerid_match_login boolean =false
id string 32..32
interdigit_timeout integer =2000
max_message_length integer =500
single_mailbox_login boolean =false
[wait_for_hangup]
[webhook]
custom_data object
http_verb string {post,get}
retries integer
uri string
"""

SECTIONS = r"""
[callflows]
featurecode object
featurecode.name string 1..128
featurecode.number string 1..30
flags array
flags[] string
name string
numbers array =[] unique
numbers[] string 1..36
patterns array =[]
patterns[] string 1..
ringback object
ringback.early string
ringback.transfer string
[menus]
allow_record_from_offnet boolean =false
flags array
flags[] string
hunt boolean =true
hunt_allow string 1..256
hunt_deny string 1..256
interdigit_timeout integer 1..10000
max_extension_length integer =4 1..6
media object ={}
media.exit_media boolean|string
media.greeting string 3..2048
media.invalid_media boolean|string
media.transfer_media boolean|string
name* string 1..128
record_pin string 3..6
retries integer =3 1..10
suppress_media boolean =false
timeout integer 1..60000
[temporal_rules]
cycle* string {date,daily,weekly,monthly,yearly}
days array
days[] integer 1..31
enabled boolean
flags array
flags[] string
interval integer =1 1..
month integer 1..12
name* string 1..128
ordinal string {every,first,second,third,fourth,fifth,last}
start_date integer =62586115200
time_window_start integer 0..86400
time_window_stop integer 0..86400
wdays array
wdays[] string {monday,tuesday,wednesday,wensday,thursday,friday,saturday,sunday}
[temporal_rules_sets]
flags array
flags[] string
name* string 1..128
temporal_rules array 1..
temporal_rules[] string
[media]
content_length integer 1..11534336
content_type string
description string 1..128
language string ="en-us"
media_source* string ="upload" {recording,upload,tts}
name* string 1..128
prompt_id string
source_id string 32..32
source_type string
streamable boolean =true
tts object ={}
tts.text string 1..
tts.voice string ="female/en-US"
[devices]
call_forward object
call_forward.direct_calls_only boolean =false
call_forward.enabled boolean =false
call_forward.failover boolean =false
call_forward.ignore_early_media boolean =true
call_forward.keep_caller_id boolean =true
call_forward.number string ..35
call_forward.require_keypress boolean =true
call_forward.substitute boolean =true
call_recording object
call_restriction object ={}
call_waiting object
caller_id object
caller_id_options object
caller_id_options.outbound_privacy string {full,name,number,none}
contact_list object ={}
contact_list.exclude boolean
device_type string
dial_plan object
do_not_disturb object
do_not_disturb.enabled boolean
enabled boolean =true
exclude_from_queues boolean =false
flags array
flags[] string
formatters object
hotdesk object
hotdesk.users object
language string
mac_address string
media object
metaflows object
music_on_hold object ={}
music_on_hold.media_id string ..2048
mwi_unsolicited_updates boolean =true
name* string 1..128
outbound_flags array|object
owner_id string 32..32
presence_id string
provision object
provision.combo_keys object
provision.endpoint_brand string
provision.endpoint_family string
provision.endpoint_model string|array
provision.feature_keys object
provision.id string
register_overwrite_notify boolean =false
ringtones object ={}
ringtones.external string ..256
ringtones.internal string ..256
sip object ={}
sip.custom_sip_interface string
sip.expire_seconds integer =300
sip.forward string
sip.ignore_completed_elsewhere boolean
sip.invite_format string ="contact" {username,npan,1npan,e164,route,strip_plus,contact}
sip.ip string
sip.method string ="password" {password,ip}
sip.number string
sip.password string 5..32
sip.proxy string
sip.realm string 4..253 /^[.\w_-]+$/
sip.route string
sip.static_invite string
sip.static_route string
sip.transport string
sip.username string 2..32
suppress_unregister_notifications boolean =false
timezone string
[users]
call_forward object
call_forward.direct_calls_only boolean =false
call_forward.enabled boolean =false
call_forward.failover boolean =false
call_forward.ignore_early_media boolean =true
call_forward.keep_caller_id boolean =true
call_forward.number string ..35
call_forward.require_keypress boolean =true
call_forward.substitute boolean =true
call_recording object
call_restriction object ={}
call_waiting object
caller_id object
caller_id_options object
caller_id_options.outbound_privacy string {full,name,number,none}
contact_list object ={}
contact_list.exclude boolean
dial_plan object
directories object
do_not_disturb object
do_not_disturb.enabled boolean
email string 3..254
enabled boolean =true
feature_level string
first_name* string 1..128
flags array
flags[] string
formatters object
hotdesk object ={}
hotdesk.enabled boolean =false
hotdesk.id string ..15
hotdesk.keep_logged_in_elsewhere boolean =false
hotdesk.pin string 4..15
hotdesk.require_pin boolean =false
language string
last_name* string 1..128
media object
metaflows object
music_on_hold object ={}
music_on_hold.media_id string ..128
password string
presence_id string
priv_level string ="user" {user,admin}
profile object
pronounced_name object
pronounced_name.media_id string ..128
require_password_update boolean =false
ringtones object ={}
ringtones.external string ..256
ringtones.internal string ..256
timezone string
username string 1..256 /^([+@.\w_-]+)$/
verified boolean =false
vm_to_email_enabled boolean =true
voicemail object
voicemail.notify object
voicemail.notify.callback object
[vmboxes]
announcement_only boolean =false
check_if_owner boolean =true
delete_after_notify boolean =false
flags array
flags[] string
include_message_on_notify boolean =true
include_transcription_on_notify boolean =true
is_setup boolean =false
is_voicemail_ff_rw_enabled boolean =false
mailbox* string 1..30
media object ={}
media.unavailable string 32..32
media_extension string ="mp3" {mp3,mp4,wav}
name* string 1..128
not_configurable boolean =false
notify object
notify.callback object
notify_email_addresses array =[]
notify_email_addresses[] string
oldest_message_first boolean =false
operator_number integer|string
owner_id string 32..32
pin string 4..6
require_pin boolean =false
save_after_notify boolean =false
seek_duration_ms integer =10000 0..
skip_envelope boolean =false
skip_greeting boolean =false
skip_instructions boolean =false
timezone string 5..32
transcribe boolean =false
[groups]
endpoints* object ={}
flags array
flags[] string
music_on_hold object ={}
music_on_hold.media_id string ..128
name* string 1..128
[faxboxes]
attempts integer =0 0..4
caller_id string
caller_name string ="Kazoo\u0020Fax\u0020Printer"
custom_smtp_email_address string
fax_header string ="Kazoo\u0020Fax\u0020Printer"
fax_identity string
fax_timezone string
flags array
flags[] string
media object ={}
media.fax_option boolean
name* string 1..128
notifications object
notifications.inbound object
notifications.inbound.callback object
notifications.inbound.callback.method string {post,put}
notifications.inbound.callback.type string {json,www-url-form-encoded}
notifications.inbound.callback.url string /^https?:///
notifications.inbound.email object
notifications.inbound.email.send_to array|string
notifications.inbound.sms object
notifications.inbound.sms.send_to array|string
notifications.outbound object
notifications.outbound.callback object
notifications.outbound.callback.method string {post,put}
notifications.outbound.callback.type string {json,www-url-form-encoded}
notifications.outbound.callback.url string /^https?:///
notifications.outbound.email object
notifications.outbound.email.send_to array|string
notifications.outbound.sms object
notifications.outbound.sms.send_to array|string
retries integer =1 0..4
smtp_permission_list array =[]
smtp_permission_list[] string
[conferences]
bridge_password string
bridge_username string
caller_controls string
conference_numbers array =[] unique
conference_numbers[] string /^[0-9]+$/
controls object
domain string
flags array
flags[] string
focus string
language string
max_members_media string
max_participants integer
member object ={}
member.join_deaf boolean =false
member.join_muted boolean =true
member.numbers array =[] 0.. unique
member.numbers[] string /^[0-9]+$/
member.pins array =[]
member.pins[] string /^[0-9]+$/
member.play_entry_prompt boolean
moderator object ={}
moderator.join_deaf boolean =false
moderator.join_muted boolean =false
moderator.numbers array =[] unique
moderator.numbers[] string /^[0-9]+$/
moderator.pins array =[]
moderator.pins[] string /^[0-9]+$/
moderator_controls string
name string 1..128
owner_id string 32..32
play_entry_tone boolean|string
play_exit_tone boolean|string
play_name boolean =false
play_welcome boolean
profile object
profile_name string
require_moderator boolean
wait_for_moderator boolean
[queues]
agent_ring_timeout integer =15 1..
agent_wrapup_time integer =0 0..
announce string
announcements object
announcements.interval integer =30 15..
announcements.media object
announcements.media.in_the_queue* string
announcements.media.increase_in_call_volume* string
announcements.media.the_estimated_wait_time_is* string
announcements.media.you_are_at_position* string
announcements.position_announcements_enabled boolean
announcements.wait_time_announcements_enabled boolean
caller_exit_key string ="#" {1,2,3,4,5,6,7,8,9,*,0,#}
cdr_url string
connection_timeout integer =3600 0..
enter_when_empty boolean =true
max_priority integer 0..255
max_queue_size integer =0
moh string
name* string 1..128
record_caller boolean =false
recording_url string
ring_simultaneously integer =1 1..
strategy string ="round_robin" {round_robin,most_idle}
[directories]
confirm_match boolean =true
flags array
flags[] string
max_dtmf integer =0 0..
min_dtmf integer =3 1..
name* string 1..
search_fields string {first_name,last_name,both}
sort_by string ="last_name" {first_name,last_name}
users array =[]
users[] string
[lists]
description string 1..128
name* string 1..128
org string
"""

/*
 * Prints the first token of SPNEGO for a service, in hexadecimal: make-bound-token HTTP@localhost [bindings].
 * The bindings are what RFC 2744 §3.11 calls the application data, in hexadecimal; without them the token is bound to
 * nothing. Ticket and configuration are those of KRB5CCNAME and KRB5_CONFIG.
 */
#include <gssapi/gssapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gss_OID_desc spnego = {6, "\x2b\x06\x01\x05\x05\x02"};

static void require(OM_uint32 major, OM_uint32 minor) {
  OM_uint32 ignored, more = 0;
  gss_buffer_desc text;
  if (!GSS_ERROR(major)) return;
  gss_display_status(&ignored, minor, GSS_C_MECH_CODE, GSS_C_NO_OID, &more, &text);
  fprintf(stderr, "%.*s\n", (int)text.length, (char *)text.value);
  exit(1);
}

int main(int count, char **arguments) {
  struct gss_channel_bindings_struct bindings = {0};
  gss_ctx_id_t context = GSS_C_NO_CONTEXT;
  gss_buffer_desc token = GSS_C_EMPTY_BUFFER, service = {strlen(arguments[1]), arguments[1]};
  gss_name_t name;
  OM_uint32 major, minor;
  size_t index;

  if (count > 2) {
    size_t length = strlen(arguments[2]) / 2;
    unsigned char *data = malloc(length);
    for (index = 0; index < length; index++) sscanf(arguments[2] + 2 * index, "%2hhx", data + index);
    bindings.application_data.length = length;
    bindings.application_data.value = data;
  }
  major = gss_import_name(&minor, &service, GSS_C_NT_HOSTBASED_SERVICE, &name);
  require(major, minor);
  major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name, &spnego, GSS_C_MUTUAL_FLAG, 0,
                               count > 2 ? &bindings : GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, NULL, &token,
                               NULL, NULL);
  require(major, minor);
  for (index = 0; index < token.length; index++) printf("%02x", ((unsigned char *)token.value)[index]);
  return 0;
}

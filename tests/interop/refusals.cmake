# Who is not let in over TLS, and what both sides say to that. The words of the stock programs are
# those of gRPC core 1.51 on OpenSSL 3.

# refusal(NAME SERVER CLIENT SERVER_FLAGS … CLIENT_FLAGS … CLIENT_SAYS … SERVER_SAYS …): one call
# that fails.
function(refusal name server client)
  cmake_parse_arguments(arg "" "" "SERVER_FLAGS;CLIENT_FLAGS;CLIENT_SAYS;SERVER_SAYS" ${ARGN})
  set(expected "")
  foreach(text IN LISTS arg_CLIENT_SAYS)
    list(APPEND expected --expect "${text}")
  endforeach()
  foreach(text IN LISTS arg_SERVER_SAYS)
    list(APPEND expected --server_expect "${text}")
  endforeach()
  interop_test("${name}" "${${client}_missing}${${server}_missing}${tls_missing}"
    --refused ${expected} ${${server}_server} --port=0 ${arg_SERVER_FLAGS} --
    ${${client}_client} --server_port={port} --test_case=empty_unary ${arg_CLIENT_FLAGS})
endfunction()

# --- Bad certificates of servers --------------------------------------------------------------------

set(expired_our_words "the certificate \"CN=*.test.google.com\"" "expired on 2021-01-01 00:00:00 UTC"
  "try: renew it")
set(expired_core_words "certificate verify failed")
set(expired_server_words "closed the connection during the TLS handshake"
  "the client may not trust this server")
set(wrong_name_our_words "is for elsewhere.test, not for \"foo.test.google.fr\""
  "try: connect by one of those names")
set(wrong_name_core_words "Peer name foo.test.google.fr is not in peer certificate")
# gRPC core looks at the name when the handshake is over.
set(wrong_name_server_words "closed the connection right after the TLS handshake"
  "the client may have refused this server's certificate or name")
set(stranger_our_words "was issued by \"CN=testca\", which is none of the trusted roots"
  "try: add that authority")
set(stranger_core_words "certificate verify failed")
set(stranger_server_words ${expired_server_words})

foreach(problem expired wrong_name stranger)
  shows(${problem}_server certificate)
  refusal(our_client_refuses_cpp_server.${problem} cpp our
    SERVER_FLAGS ${tls_server} ${certificate}
    CLIENT_FLAGS ${tls_client}
    CLIENT_SAYS UNAVAILABLE ${${problem}_our_words})
  foreach(client cpp python)
    refusal(${client}_client_refuses_our_server.${problem} our ${client}
      SERVER_FLAGS ${tls_server} ${certificate}
      CLIENT_FLAGS ${tls_client}
      CLIENT_SAYS ${${problem}_core_words}
      SERVER_SAYS ${${problem}_server_words})
  endforeach()
endforeach()

# --- Bad certificates of clients --------------------------------------------------------------------

set(no_certificate_words "showed no certificate, and this server requires one"
  "give the client a certificate")
set(expired_client_words "the certificate \"CN=interop-client\" of the client"
  "expired on 2021-01-01 00:00:00 UTC")
set(stranger_client_words "the certificate \"CN=interop-client\" of the client"
  "which is none of the trusted roots; add that authority to tls_server_settings")
foreach(client cpp python)
  refusal(our_server_refuses_${client}_client.without_a_certificate our ${client}
    SERVER_FLAGS ${mutual_server}
    CLIENT_FLAGS ${tls_client}
    SERVER_SAYS ${no_certificate_words})
endforeach()
foreach(server cpp python)
  refusal(${server}_server_refuses_our_client.without_a_certificate ${server} our
    SERVER_FLAGS ${mutual_server}
    CLIENT_FLAGS ${tls_client}
    CLIENT_SAYS "closed the connection right after the TLS handshake"
      "the server asked for a client certificate: set tls_client_settings::identity"
    SERVER_SAYS "peer did not return a certificate")
endforeach()
foreach(problem expired stranger)
  shows(${problem}_client certificate)
  refusal(our_server_refuses_cpp_client.${problem} our cpp
    SERVER_FLAGS ${mutual_server}
    CLIENT_FLAGS ${tls_client} ${certificate}
    SERVER_SAYS ${${problem}_client_words})
  refusal(cpp_server_refuses_our_client.${problem} cpp our
    SERVER_FLAGS ${mutual_server}
    CLIENT_FLAGS ${tls_client} ${certificate}
    CLIENT_SAYS "closed the connection right after the TLS handshake"
      "the server may not trust the certificate of this client"
    SERVER_SAYS "certificate verify failed")
endforeach()

# --- TLS on one side only ---------------------------------------------------------------------------

refusal(our_client_with_tls_finds_plaintext cpp our
  CLIENT_FLAGS ${tls_client}
  CLIENT_SAYS "does not speak TLS: its first bytes are no TLS record" "leave the credentials out")
refusal(our_client_with_plaintext_finds_tls cpp our
  SERVER_FLAGS ${tls_server}
  CLIENT_SAYS UNAVAILABLE "check that a gRPC server (HTTP/2) listens there, without TLS")
refusal(our_server_with_tls_finds_plaintext our cpp
  SERVER_FLAGS ${tls_server}
  SERVER_SAYS "does not speak TLS: its first bytes are no TLS record"
    "the client must use TLS on this port")
refusal(our_server_with_plaintext_finds_tls our cpp
  CLIENT_FLAGS ${tls_client}
  CLIENT_SAYS "wrong version number"
  SERVER_SAYS "the peer speaks TLS, this side does not" "give this server credentials")

# --- TLS that is not for HTTP/2 ---------------------------------------------------------------------

interop_test(our_client_refuses_openssl_server.without_alpn "${tls_missing}"
  --refused --expect "does TLS, but did not agree to HTTP/2 (ALPN h2)"
  --expect "try: check that this is the port of a gRPC server"
  "${GRPCWIRE_OPENSSL}" s_server -www -accept 0
    -cert "${GRPCWIRE_CERTIFICATES}/server.pem" -key "${GRPCWIRE_CERTIFICATES}/server.key" --
  ${our_client} --server_port={port} --test_case=empty_unary ${tls_client})

function(refused_openssl_client name flags)
  set(expected "")
  foreach(text IN LISTS ARGN)
    list(APPEND expected --server_expect "${text}")
  endforeach()
  interop_test("our_server_refuses_openssl_client.${name}" "${tls_missing}"
    --refused ${expected} ${our_server} --port=0 ${tls_server} --
    "${GRPCWIRE_OPENSSL}" s_client -ign_eof -connect "localhost:{port}" ${flags})
endfunction()

refused_openssl_client(without_alpn ""
  "does TLS, but did not agree to HTTP/2 (ALPN h2)" "the client must offer ALPN h2")
refused_openssl_client(with_http_1 "-alpn;http/1.1"
  "offers other protocols in ALPN, but not HTTP/2 (h2)" "use a gRPC client on this port")
refused_openssl_client(with_tls_1_1 "-tls1_1" "unsupported protocol")

# Programs that misbehave on purpose, on the other side of ours. bad_peer knows what is expected;
# docs/bad-peers.md has the list.
set(bad_peer "$<TARGET_FILE:bad_peer>")

foreach(theme headers fields messages streams frames floods)
  interop_test("bad_client_calls_our_server.${theme}" ""
    ${our_server} --port=0 -- ${bad_peer} client --server_port={port} --case=${theme})
endforeach()

foreach(theme headers trailers messages resets frames setup)
  interop_test("our_client_calls_bad_server.${theme}" ""
    ${bad_peer} server --port=0 --case=${theme} --
    "$<TARGET_FILE:bad_peer_probe>" --server_port={port})
endforeach()

# The official cases: the client knows what it has to see, the server what it must not see.
foreach(case goaway rst_after_header rst_during_data rst_after_data ping max_streams
    data_frame_padding no_df_padding_sanity_test)
  interop_test("our_client_calls_bad_server.${case}" ""
    ${bad_peer} server --port=0 --case=${case} --
    ${our_client} --server_host=127.0.0.1 --server_port={port} --test_case=${case})
endforeach()

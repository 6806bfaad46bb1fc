# What is installed, and where. The program writes its own page and completions.
option(UNGHOST_PACKAGES "deb, rpm and tarball by CPack; install to /usr" OFF)
set(made ${PROJECT_BINARY_DIR}/made)
add_custom_command(OUTPUT ${made}/unghost.1 ${made}/unghost ${made}/_unghost ${made}/unghost.fish
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND unghost manual > ${made}/unghost.1
    COMMAND unghost completion bash > ${made}/unghost
    COMMAND unghost completion zsh > ${made}/_unghost
    COMMAND unghost completion fish > ${made}/unghost.fish
    DEPENDS unghost VERBATIM)
add_custom_target(pages ALL DEPENDS ${made}/unghost.1)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
install(TARGETS unghost RUNTIME)
install(FILES README.md LICENSE docs/unghost.example.toml TYPE DOC)
install(DIRECTORY docs contrib DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${made}/unghost.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/unghost.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${made}/unghost DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/_unghost DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${made}/unghost.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/unghost@.service DESTINATION lib/systemd/system)
if(UNGHOST_PACKAGES)
    install(FILES ${CMAKE_CURRENT_LIST_DIR}/main.toml DESTINATION /etc/unghost COMPONENT system)
    include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
endif()

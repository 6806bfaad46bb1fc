# deb, rpm and a tarball of the server alone: packaging/build.sh.
set(CPACK_PACKAGE_NAME unghost)
set(CPACK_PACKAGE_VENDOR unghost)
set(CPACK_PACKAGE_CONTACT "The authors of unghost <unghost@invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "MySQL replication proxy that folds online schema changes")
set(CPACK_PACKAGE_DESCRIPTION "unghost logs in to a MySQL primary as a replica, pulls the binary log, folds the online schema
changes of gh-ost and pt-online-schema-change that it finds there, and serves a clean, ordinary
binary log to replicas, CDC tools and anything else that speaks the replication protocol.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_GENERATOR DEB RPM TGZ)
set(CPACK_COMPONENTS_ALL program system)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/generator.cmake)
set(CPACK_CHECKSUM SHA256)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(scripts ${CMAKE_CURRENT_LIST_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/postinst
    ${CMAKE_CURRENT_LIST_DIR}/debian/prerm ${CMAKE_CURRENT_LIST_DIR}/debian/postrm
    ${CMAKE_CURRENT_LIST_DIR}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0")
set(CPACK_RPM_PACKAGE_GROUP "Applications/Databases")
set(CPACK_RPM_PACKAGE_REQUIRES_PRE shadow-utils)
set(CPACK_RPM_USER_FILELIST "%config(noreplace) /etc/unghost/main.toml")
foreach(when PRE_INSTALL:pre POST_INSTALL:post PRE_UNINSTALL:preun POST_UNINSTALL:postun)
    string(REPLACE : ";" when ${when})
    list(GET when 0 name)
    list(GET when 1 file)
    set(CPACK_RPM_${name}_SCRIPT_FILE ${CMAKE_CURRENT_LIST_DIR}/rpm/${file})
endforeach()
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc /usr/lib/systemd /usr/lib/systemd/system
    /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/bash-completion
    /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/vendor-completions
    /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d)

set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_FILE_NAME unghost-${PROJECT_VERSION}-linux-x86_64)
set(CPACK_PACKAGE_FILE_NAME unghost-${PROJECT_VERSION}-linux-x86_64)
include(CPack)

# mrgc_module(NAME DEPS...): a folder of src/ as the static library mrgc_NAME.
# What a folder may depend on is the third column of the table in docs/architecture.md; scripts/check_includes holds it.
function(mrgc_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(mrgc_${name} STATIC ${sources})
  target_include_directories(mrgc_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_compile_features(mrgc_${name} PUBLIC cxx_std_23)
  target_link_libraries(mrgc_${name} PUBLIC ${ARGN} PRIVATE mrgc_warnings)
endfunction()

# mrgc_test(NAME DEPS...): every .cpp of the current folder as one GoogleTest program, run by ctest test by test.
function(mrgc_test name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name}_test ${sources})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name}_test PRIVATE ${ARGN} GTest::gtest_main mrgc_warnings)
  gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
endfunction()

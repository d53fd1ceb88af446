"""Conan 2 recipe, from the sources that it lies in: conan create cmake/packaging/conan --build=missing"""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class FlexcrmConan(ConanFile):
    name = "flexcrm"
    description = "Typed, validated message protocol between Twilio Flex and a CRM"
    license = "BSL-1.0"
    topics = ("twilio", "flex", "crm", "websocket", "json-rpc")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "transport": [True, False], "tls": [True, False],
               "phone": [True, False], "nats": [True, False]}
    default_options = {"shared": False, "fPIC": True, "transport": True, "tls": True, "phone": False, "nats": False}
    implements = ["auto_shared_fpic"]

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        for line in load(self, os.path.join(self._root, "CMakeLists.txt")).splitlines():
            if line.startswith("project(flexcrm VERSION "):
                self.version = line.split()[2]

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"):
            copy(self, pattern, self._root, self.export_sources_folder)

    def configure(self):
        if not self.options.transport:
            del self.options.tls
            del self.options.nats

    def requirements(self):
        # Its headers include Boost's.
        self.requires("boost/[>=1.81 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.get_safe("tls"):
            self.requires("openssl/[>=3 <4]")
        if self.options.phone:
            self.requires("libphonenumber/[>=8.12]")
            self.requires("icu/[>=72]")
        if self.options.get_safe("nats"):
            self.requires("cnats/[>=3.4]")

    def validate(self):
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.variables["FLEXCRM_BUILD_TRANSPORT"] = bool(self.options.transport)
        toolchain.variables["FLEXCRM_WITH_TLS"] = bool(self.options.get_safe("tls", False))
        toolchain.variables["FLEXCRM_WITH_PHONE"] = bool(self.options.phone)
        toolchain.variables["FLEXCRM_WITH_NATS"] = bool(self.options.get_safe("nats", False))
        toolchain.variables["FLEXCRM_BUILD_TESTS"] = False
        toolchain.variables["FLEXCRM_BUILD_EXAMPLES"] = False
        toolchain.variables["CMAKE_COMPILE_WARNING_AS_ERROR"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))  # CMakeDeps writes its own
        rmdir(self, os.path.join(self.package_folder, "share", "doc"))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "flexcrm")
        self._component("messages", ["boost::json", "boost::headers"])
        if self.options.phone:
            self._component("phone", ["messages", "libphonenumber::phonenumber", "icu::icu-uc", "icu::icu-i18n"])
        if self.options.transport:
            openssl = ["openssl::ssl", "openssl::crypto"] if self.options.tls else []
            self._component("transport", ["messages", "boost::headers"] + openssl, ["pthread"])
            self._component("browser", ["transport"])
            if self.options.nats:
                self._component("nats", ["transport", "cnats::cnats"])
            both = self.cpp_info.components["flexcrm"]
            both.set_property("cmake_target_name", "flexcrm::flexcrm")
            both.libdirs = both.includedirs = []
            both.requires = ["messages", "transport"]

    def _component(self, name, requires, system_libs=()):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"flexcrm::{name}")
        component.libs = [f"flexcrm_{name}"]
        component.requires = requires
        component.system_libs = list(system_libs)

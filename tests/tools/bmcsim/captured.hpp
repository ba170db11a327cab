// Datagrams of other programs' making: ipmitool 1.8.19 as console (suites 3 and 17, admin/password), and OpenIPMI's
// ipmi_sim 2.0.33 as BMC of the suite 3 session; the keys are those that `ipmitool -vvvvv` printed.
#pragma once

namespace captured {

inline constexpr auto capabilities = "0600ff07 00 00000000 00000000 09 2018c88100388e04b5";

// Suite 3, against ipmi_sim
inline constexpr auto open3 =
    "0600ff0706100000000000000000200000000000a4a3a2a0000000080100000001000008010000000200000801000000";
inline constexpr auto opened3 =
    "0600ff0706110000000000000000240000000000a4a3a2a002000000000000080100000001000008010000000200000801000000";
inline constexpr auto rakp1_3 =
    "0600ff07061200000000000000002100000000000200000002b5c225957598ffd280115a8d000b5e1400000561646d696e";
inline constexpr auto rakp2_3 =
    "0600ff07061300000000000000003c0000000000a4a3a2a065335b1cf6644ae6bd9bf2c36da24604a123456789abcdefa123456789abcdef"
    "a737a39be056047c1d3ccbab9a0c8d26b3e745f8";
inline constexpr auto rakp3_3 =
    "0600ff07061400000000000000001c00000000000200000067d3fdf163e811b7aebbdc5d09308879ac1fb840";
inline constexpr auto rakp4_3 = "0600ff0706150000000000000000140000000000a4a3a2a01df1ae1ef5e2361efa888278";
inline constexpr auto sik3 = "bbd8f29e1a300ad8416d33bcd8de8d7d1bef1c4e";
inline constexpr auto k1_3 = "f35ff0335d239251f4402a4bdcdbcfcfd7f883f5";
inline constexpr auto k2_3 = "1463e2920a9f4dc9ae0136ad568fc1b409d97148";
// Set Session Privilege Level to ADMINISTRATOR, session sequence 3, and ipmi_sim's answer.
inline constexpr auto set_privilege3 =
    "0600ff0706c002000000030000002000e7f771efd2876343951a372aceb194c30f19ea3c843e06f57d7e4b8184d7123affff0207"
    "a4ba28d49c42346a5dcc1389";
inline constexpr auto privilege_set3 =
    "0600ff0706c0a4a3a2a0010000002000b850ebeba0d4861b8fd829fa09821dfc8ae98077f0a7fa55563648a549ff0ebbffff0207"
    "aeb10918027db4e0e641164f";

// Suite 17: what ipmitool sent, and the random numbers and GUID that it was sent.
inline constexpr auto open17 =
    "0600ff0706100000000000000000200000000000a4a3a2a0000000080300000001000008040000000200000801000000";
inline constexpr auto rakp1_17 =
    "0600ff0706120000000000000000210000000000b72545084aea64e015f05900bcf7755d4107f55c1400000561646d696e";
inline constexpr auto bmc_random17 = "4ffad92c518f3aa3c56af59df352e496";
inline constexpr auto guid17 = "51fa755d317cb3d516d655dec50b18fc";
inline constexpr auto rakp3_17 =
    "0600ff0706140000000000000000280000000000b72545089969d0a1f4c5a1e96ddae2f35925ade6a16dccc4a3f1e8cb63eb0c94b5d83040";
inline constexpr auto sik17 = "6d116bde1532f63cfc6b5e552ad0e52088ce5d41ab767fc423cc4a9b25fdb471";
inline constexpr auto k1_17 = "037476829d81851142a8b4e30b16210800c58580d1de1445c282d44be505eb15";
inline constexpr auto k2_17 = "659f5b611e4324139aa303389718abcd575eb5116729326d87d0e0510b2bfbdc";
inline constexpr auto set_privilege17 =
    "0600ff0706c0b7254508030000002000a400808cedf387c6fee92d240f4c00a5f4b915a3c53b975a836db893229754a9ffff0207"
    "03089651650f411ad01e4845f5effe69";

}  // namespace captured
